"""Has Redis forget what it knows of a person who changes, whoever changes them: a service, the admin, a shell.

Updates of query sets send no signal: a service that uses one calls `person_changed` itself.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from accounts.models import User
from accounts.services import recipients, recognition


def person_changed(person: User) -> None:
    """Have the next request ask SQL about `person`, once the transaction under way is committed."""
    # The id is taken now: Django clears it after a deletion.
    person_id = person.pk
    transaction.on_commit(lambda: recognition.forget([person_id]))
    transaction.on_commit(lambda: recipients.forget([person]))


def listen() -> None:
    """Hear of each person who is saved or deleted; call once a process."""
    post_save.connect(_changed, sender=User)
    post_delete.connect(_changed, sender=User)


def _changed(*, instance: User, created: bool = False, **_: Any) -> None:
    if not created:
        person_changed(instance)
