"""What is kept of reports in SQL.

People are named by id and username and not by foreign keys: a case outlives the accounts that it is about.
"""

from moderation.models.cases import Case, Note
from moderation.models.lookup import LookUp
from moderation.models.reports import Evidence, Report

__all__ = ["Case", "Evidence", "LookUp", "Note", "Report"]
