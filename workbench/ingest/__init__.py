"""From files and live models into a `Network`."""
