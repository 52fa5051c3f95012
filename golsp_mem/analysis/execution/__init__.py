"""When a line runs: what its function says, and what the calls of that function add."""
