"""What is said to a client, and what it can do."""
