"""The only place that starts processes, and what it needs."""
