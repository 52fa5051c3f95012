"""Which commit; a commit beside the user's tree."""
