"""Profiles as runtime/pprof writes them."""
