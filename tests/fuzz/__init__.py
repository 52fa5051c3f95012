"""Bytes from outside, mutated: readers fail with their own errors only, soon, and stay small."""
