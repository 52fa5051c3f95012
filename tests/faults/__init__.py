"""What goes wrong around a run: it answers, leaves nothing behind, and the next save is right."""
