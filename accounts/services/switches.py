"""What operators switch while the service runs."""

from django.db import transaction

from accounts.models import Switches

THE_ROW = 1


def are_registrations_open() -> bool:
    """Whether people can make accounts; they can until an operator says otherwise."""
    return not Switches.objects.filter(pk=THE_ROW, registration_open=False).exists()


def set_registration(*, is_open: bool) -> bool:
    """Let people make accounts, or don't, from the next request on. Return whether that was otherwise before."""
    with transaction.atomic():
        switches, _ = Switches.objects.select_for_update().get_or_create(pk=THE_ROW)
        changed = switches.registration_open != is_open
        switches.registration_open = is_open
        switches.save()
    return changed
