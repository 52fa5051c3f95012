"""What the compiler prints: -m, -m=2, -live."""
