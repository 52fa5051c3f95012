module example.com/wrecks

go 1.24
