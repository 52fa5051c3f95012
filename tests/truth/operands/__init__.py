"""What findings name, held to go/types."""
