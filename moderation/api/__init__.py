"""The endpoints of reports."""
