"""What all endpoints share: JSON in, JSON out, problem details, health."""
