"""A server under load: a benchmark, not a test."""
