"""Who did what to whom, in entries that nobody changes: each carries the hash of the one before it.

`recording.record` writes an entry, in the transaction of what it tells of.
"""
