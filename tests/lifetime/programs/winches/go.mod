module example.com/winches

go 1.24
