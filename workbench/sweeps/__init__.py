"""Grids of settings, measured here or on a cluster, and kept from one call to the next."""
