"""Strings and bytes: formatting, conversions, building, splitting."""
