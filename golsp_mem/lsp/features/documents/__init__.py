"""Texts that are opened, typed, saved and closed."""
