"""A spiking network as a Python script of its own: what the scripts of all targets share."""
