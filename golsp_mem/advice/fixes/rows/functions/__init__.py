"""Functions and what they capture, defer, wait for or return; which of them are inlined."""
