"""From the start of a session to its end; settings, folders, files that others write."""
