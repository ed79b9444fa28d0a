"""Recordings into tables: rates, accuracy over time, correlation, operations and energy."""
