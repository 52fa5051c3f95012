module example.org/operands

go 1.24
