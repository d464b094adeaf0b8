"""What people see and choose about their own account."""
