module example.com/looms

go 1.24
