"""The interactive workbench."""
