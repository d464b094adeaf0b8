"""Bringing a keyspace to what the code wants: numbered steps, what was done of them, and the lock above it all.

`steps` reads the files, `records` what a keyspace knows of them, `lock` lets one command work at a time, `changes`
does the work and says beforehand what it would be. `messaging/cql/README.md` says what a step must be like.
"""
