module example.com/yards

go 1.24
