"""The oracle: what golsp-mem says, compared with what the Go runtime really allocated.

``python -m tests.truth`` runs it; README.md beside it explains the figures.
"""
