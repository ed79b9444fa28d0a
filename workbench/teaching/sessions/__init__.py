"""What each session of the course asks: questions to predict, and exercises to solve."""
