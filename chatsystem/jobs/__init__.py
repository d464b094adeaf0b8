"""Work that takes longer than a request: in a table, done by `manage.py work`, and gone on with after any end.

`registry.handles` says what is done for a kind of job, `starting` starts, cancels and repeats them.
"""
