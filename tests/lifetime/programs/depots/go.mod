module depots

go 1.24
