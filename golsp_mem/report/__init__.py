"""What a team decided about findings: what is reported, what is known, what is promised. Pure."""
