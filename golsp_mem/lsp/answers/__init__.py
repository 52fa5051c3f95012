"""What is made of it for the client: snapshots, diagnostics, edits, pages."""
