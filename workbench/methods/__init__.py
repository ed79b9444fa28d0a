"""What needs several stages at once: calibration that simulates, and presets of settings."""
