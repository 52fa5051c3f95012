"""Facts joined into findings."""
