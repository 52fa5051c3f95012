"""Totals of calls against runs: what a call is said to allocate, and what it does."""
