"""What reports are called where their reporters read it; moderators have the names of the models."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.models import Case, Report

CATEGORIES: dict[str, Promise] = {
    Report.Category.SPAM: _("Advertising, or the same again and again"),
    Report.Category.HARASSMENT: _("Harassment, hatred or threats"),
    Report.Category.SEXUAL: _("Sexual content that I don't want"),
    Report.Category.ILLEGAL: _("Something that is against the law"),
    Report.Category.IMPERSONATION: _("Somebody pretends to be somebody else"),
    Report.Category.SELF_HARM: _("Somebody may hurt themselves"),
    Report.Category.OTHER: _("Something else"),
}
WAITING: dict[str, Promise] = {
    Case.State.OPEN: _("It waits for a moderator."),
    Case.State.ASSIGNED: _("A moderator is looking at it."),
}
OUTCOMES: dict[str, Promise] = {
    Case.Decision.NOTHING: _("Moderators looked at it and left everything as it is."),
    Case.Decision.REDACT: _("The message was deleted for everyone."),
    Case.Decision.SUSPEND: _("The account was suspended."),
}
