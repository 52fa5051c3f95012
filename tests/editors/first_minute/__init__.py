"""From nothing to the first finding: what a person does, and sees meanwhile."""
