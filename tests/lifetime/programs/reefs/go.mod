module example.com/reefs

go 1.24
