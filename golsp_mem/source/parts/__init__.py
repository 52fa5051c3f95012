"""Text, nodes and the simplest that they tell."""
