"""What has nothing to do with spikes, and what every part may use."""
