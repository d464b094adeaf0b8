"""What can be done with messages. Rules live here; API, pages, admin and commands call these."""
