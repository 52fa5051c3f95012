module example.com/capes

go 1.24
