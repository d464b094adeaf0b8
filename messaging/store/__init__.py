"""All CQL of the service. Rows become values here, and an unreachable Cassandra becomes `StorageUnavailable`."""
