"""Dates in English: days before months, since months in words leave no doubt, and people everywhere read them."""

DATE_FORMAT = "j F Y"  # 24 November 2026
DAY_FORMAT = "l, j F Y"  # Tuesday, 24 November 2026
DATE_OF_YEAR_FORMAT = "j M"  # 24 Nov
SHORT_DATE_FORMAT = "j M Y"  # 24 Nov 2026
