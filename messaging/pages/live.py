"""What the script of a page needs to notice new messages."""

from typing import Any

from django.utils import timezone

from messaging.services import sync


def live(person: Any) -> dict[str, Any]:
    """Return where catching up begins for a page that is shown now, for `messaging/partials/live.html`."""
    return {"since": sync.begin().next.encode(person.pk), "shown_at": timezone.now().isoformat(timespec="milliseconds")}
