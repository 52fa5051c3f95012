"""How deep functions go that call each other: what bounds them, what drives them, what is told."""
