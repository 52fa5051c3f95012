"""The compiler called directly, with what the go command said last time."""
