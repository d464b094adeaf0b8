"""What people see and choose about their own account. Needs no Cassandra: these pages work while messages don't."""
