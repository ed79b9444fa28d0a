"""What the interface knows and does, without widgets."""
