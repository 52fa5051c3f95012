module example.com/drills

go 1.24
