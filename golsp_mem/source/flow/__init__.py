"""When and how often a place runs, as far as its syntax tells."""
