"""The operators' admin: thin pages over services. Importing it registers what has a table."""

from django.contrib import admin
from django.contrib.auth.models import Group

from moderation.admin import audit, cases, jobs, lookup, people

__all__ = ["audit", "cases", "jobs", "lookup", "people"]

admin.site.unregister(Group)  # roles are a table in the code: moderation.roles
