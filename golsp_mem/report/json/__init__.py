"""The JSON report: its writer beside its reader."""
