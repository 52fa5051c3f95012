"""What functions need of the stack: frames, deepest paths, growth, recursion, limits."""
