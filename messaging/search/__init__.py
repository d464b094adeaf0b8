"""Searching one person's messages for words.

`find` is all that services know of it. What stands behind it now reads a person's own partitions back in time and
looks at each text; an index that keeps to `Finder` can take its place.
"""

from messaging.search.interface import Finder, Found, Query
from messaging.search.scanning import scan
from messaging.search.text import parse, spans

__all__ = ["Found", "Query", "find", "parse", "spans"]

find: Finder = scan
