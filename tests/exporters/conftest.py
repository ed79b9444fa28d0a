"""Puts this folder on the path, for the cases that the tests of all targets share."""
