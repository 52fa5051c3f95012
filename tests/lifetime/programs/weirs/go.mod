module weirs

go 1.24
