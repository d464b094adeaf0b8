"""How often something may be done: the table of policies, exact counts in Redis, and what callers are told of them."""
