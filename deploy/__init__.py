"""What a deployment by Docker Compose is made of. Production's code never imports this; see docs/operations.md."""
