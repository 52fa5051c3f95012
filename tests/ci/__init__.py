"""The ready-made parts for CI systems, run as those run them."""
