"""What can be done with accounts. Rules live here; API, pages, admin and commands call these."""
