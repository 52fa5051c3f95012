"""Object files: archives, functions, relocations, calls."""
