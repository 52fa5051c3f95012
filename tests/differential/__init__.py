"""Random modules, analysed in every way and run: all must say the same."""
