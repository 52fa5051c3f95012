module example.com/cables

go 1.24
