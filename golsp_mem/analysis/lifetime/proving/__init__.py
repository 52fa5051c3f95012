"""Trials: edited text, compiled with -live."""
