"""What the service is measured against: bare views under the same gunicorn that do only what can't be left out."""
