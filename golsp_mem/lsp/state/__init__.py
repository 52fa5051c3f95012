"""What a server knows: its client, the open texts, the packages and their analyses."""
