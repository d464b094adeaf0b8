"""Has Redis forget what it knows of a person who changes, whoever changes them: a service, the admin, a shell.

Updates of query sets send no signal: a service that uses one calls `person_changed` itself.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_save

from accounts.models import User
from accounts.services import recipients, recognition


def person_changed(person: User) -> None:
    """Have the next request ask SQL about `person`, once the transaction under way is committed."""
    # The id is taken now: Django clears it after a deletion.
    person_id, username = person.pk, person.username
    transaction.on_commit(lambda: recognition.forget([person_id]))
    transaction.on_commit(lambda: recipients.forget([username]))


def listen() -> None:
    """Hear of each person who is saved or deleted; call once a process."""
    pre_save.connect(_changing, sender=User)
    post_save.connect(_changed, sender=User)
    post_delete.connect(_changed, sender=User)


def _changing(*, instance: User, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """Have messages to the name that a person had until now not reach them, nor miss whoever takes it next."""
    if instance._state.adding or (update_fields is not None and "username" not in update_fields):
        return
    former = User.objects.filter(pk=instance.pk).values_list("username", flat=True).first()
    if former is not None and former != instance.username:
        transaction.on_commit(lambda: recipients.forget([former]))


def _changed(*, instance: User, created: bool = False, **_: Any) -> None:
    if not created:
        person_changed(instance)
