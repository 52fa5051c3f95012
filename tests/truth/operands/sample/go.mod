module example.org/operands/sample

go 1.22
