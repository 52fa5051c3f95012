"""Analyses kept between runs, under digests of everything that they depend on."""
