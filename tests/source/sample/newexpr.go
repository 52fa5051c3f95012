//go:build go1.26

package sample

func newExpression(n int, s string) {
	g = new(n + 1)   //@ heap-new new(n + 1)
	g = new(s)       //@ heap-new new(s)
	g = new("ü" + s) //@ heap-new new("ü" + s) @ heap-concat "ü" + s
}
