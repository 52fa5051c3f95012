"""A run: packages that were compiled become analyses, read by one process or several."""
