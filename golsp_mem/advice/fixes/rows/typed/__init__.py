"""Values that are boxed where a typed form exists."""
