module example.com/mills

go 1.24
