"""Pure readers of what the Go toolchain writes: bytes or text in, model values out."""
