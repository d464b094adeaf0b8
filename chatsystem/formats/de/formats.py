"""Dates in German."""

DATE_FORMAT = "j. F Y"  # 24. November 2026
DAY_FORMAT = "l, j. F Y"  # Dienstag, 24. November 2026
DATE_OF_YEAR_FORMAT = "j. N"  # 24. Nov.
SHORT_DATE_FORMAT = "j. N Y"  # 24. Nov. 2026
