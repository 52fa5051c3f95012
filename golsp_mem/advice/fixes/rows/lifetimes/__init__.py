"""Cleanups that reach their object, finalizers, descriptors: what is mended is a lifetime, no
allocation.

That the mended text has no such finding any more the room of lifetimes says
(`analysis.proof.lifetimes`). Each edit has a corner, so that none is made unless a person chooses.
"""
