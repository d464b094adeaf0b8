"""What operators switch while the service runs."""

from accounts.models import Switches

THE_ROW = 1


def are_registrations_open() -> bool:
    """Whether people can make accounts; they can until an operator says otherwise."""
    return not Switches.objects.filter(pk=THE_ROW, registration_open=False).exists()


def open_registrations(*, are_open: bool) -> None:
    """Let people make accounts, or don't, from the next request on."""
    Switches.objects.update_or_create(pk=THE_ROW, defaults={"registration_open": are_open})
