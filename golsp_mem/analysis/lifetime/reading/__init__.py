"""What the syntax says of owners, resources, uses and cleanups."""
