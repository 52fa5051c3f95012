module example.com/kilns

go 1.24
