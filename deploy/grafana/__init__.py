"""What Grafana shows, as code."""
