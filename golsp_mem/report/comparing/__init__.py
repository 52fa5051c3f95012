"""What is new, gone, moved or changed."""
