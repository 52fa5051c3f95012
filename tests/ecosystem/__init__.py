"""Real modules, and what the engine last said of them."""
