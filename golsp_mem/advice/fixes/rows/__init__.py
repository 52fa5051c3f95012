"""The rows: one module a cause, each with what it needs to know and what it proposes."""
