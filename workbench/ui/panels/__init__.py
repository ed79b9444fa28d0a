"""Panels: each shows a part of the state and passes on what a person does."""
