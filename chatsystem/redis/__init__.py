"""What is kept in Redis, which is only what can be rebuilt: plain data that always expires, and an outage is a miss."""
