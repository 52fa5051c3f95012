"""Pages: a topic, a code, a place, a stack."""
