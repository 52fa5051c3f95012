module tarns

go 1.24
