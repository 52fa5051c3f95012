// Package links has what is inlined into another package.
package links

type Link struct {
	next *Link
	pad  [7]int
}

func Chain(k int) (head *Link) {
	for range k {
		head = &Link{next: head}
	}
	return head
}

func One(k int) *Link { return &Link{} }
