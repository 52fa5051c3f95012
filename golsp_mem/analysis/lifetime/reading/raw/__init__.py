"""How raw resources are taken out of their owners, where they go, and what uses them."""
