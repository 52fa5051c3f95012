"""What a team has decided: comments, contracts, budgets, files left out."""
