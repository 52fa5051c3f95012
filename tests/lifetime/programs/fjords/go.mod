module fjords

go 1.24
