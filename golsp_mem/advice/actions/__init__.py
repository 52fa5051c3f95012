"""Edits that fit a finding."""
