"""What is made with each call and could be made once."""
