"""What needs several stages: presets, calibration by simulation, and where accuracy is lost."""
