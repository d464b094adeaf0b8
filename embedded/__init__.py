"""A real Cassandra and a real Valkey beside the service, for development and tests; production never imports this.

`embedded.temporary` has parts for one run of the tests, `python -m embedded` runs the whole service.
"""
