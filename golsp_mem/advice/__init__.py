"""What a finding means and what helps: topics, causes, edits."""
