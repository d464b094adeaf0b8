"""Pages by which people report, and see what became of it."""
