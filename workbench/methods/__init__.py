"""What needs several stages: where accuracy is lost, and what would win it back."""
