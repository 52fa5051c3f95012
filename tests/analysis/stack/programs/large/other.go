package main

const other = 1 << 20

type far struct {
	in page
	n  int
}
