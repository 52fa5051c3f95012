module piers

go 1.24
