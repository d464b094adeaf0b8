"""Everything that the audit log tells of. A value is stored for good: new ones are added, none is renamed."""

from django.db.models import TextChoices


class Action(TextChoices):
    """What an operator did. Values say on what first, so that a list of them sorts by it."""

    # People
    PERSON_SUSPENDED = "person.suspended", "suspended a person"
    PERSON_UNSUSPENDED = "person.unsuspended", "ended a suspension"
    SESSIONS_ENDED = "person.sessions_ended", "ended all sessions of a person"
    LIMITS_CLEARED = "person.limits_cleared", "cleared what was counted against a person"
    RESET_LINK_MADE = "person.reset_link_made", "made a link to set a new password"
    PASSWORD_REPLACED = "person.password_replaced", "set a person's password"
    ROLE_GRANTED = "person.role_granted", "gave a person a role"
    ROLE_REVOKED = "person.role_revoked", "took a role from a person"

    PERSON_ADDED = "person.added", "made an account by hand"
    PERSON_CHANGED = "person.changed", "changed an account by hand"

    # Reports, and messages that are looked at or taken away
    MESSAGES_LOOKED_UP = "messages.looked_up", "looked at messages"
    REDACTION_BEGUN = "message.redaction_begun", "began to redact a message"
    MESSAGE_REDACTED = "message.redacted", "redacted a message"
    RANGE_REDACTED = "messages.redacted", "had a person's messages redacted"
    CASE_ASSIGNED = "case.assigned", "assigned a case"
    CASE_NOTED = "case.noted", "wrote a note on a case"
    CASE_DECIDED = "case.decided", "decided a case"
    CASE_REOPENED = "case.reopened", "reopened a case"

    # The service
    REGISTRATION_SET = "service.registration_set", "opened or closed registration"
    READ_ONLY_SET = "service.read_only_set", "switched the read-only mode on or off"
    NOTICE_SET = "service.notice_set", "set or took away the notice on all pages"
    QUOTA_SET = "service.quota_set", "changed a rate limit"
    JOB_STARTED = "job.started", "started a job"
    JOB_CANCELLED = "job.cancelled", "cancelled a job"
    JOB_RETRIED = "job.retried", "had a job tried again"
    AUDIT_EXPORTED = "audit.exported", "exported the audit log"
