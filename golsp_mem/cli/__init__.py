"""The command line: check, explain, doctor, serve."""
