"""What operators do about reports and messages, and how people report. Rules live here; API and admin call these.

Whether somebody may do it is for the caller to ask, by the permissions in `moderation.roles`.
"""
