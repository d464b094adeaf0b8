"""Browsers of operators, signed in to the admin as people are."""

from django.test import Client

from accounts.models import User
from accounts.services.changes import person_changed
from chatsystem.middleware import ADMIN_COOKIE
from moderation.services.roles import grant_role
from tests.factories import PASSWORD, new_name
from tests.operators import OPERATOR

LOGIN = "/admin/login/"
PLACES = (ADMIN_COOKIE, "sessionid")


def new_operator(role=None):
    """Return somebody with a role, or who may do everything."""
    if role is None:
        return User.objects.create_superuser(new_name(), PASSWORD)
    person = User.objects.create_user(new_name(), PASSWORD)
    grant_role(person=person, role=role, actor=OPERATOR, reason="A test.")
    person_changed(person)
    return User.objects.get(pk=person.pk)


def sign_in(person, password=PASSWORD, **options):
    """Return a browser in which `person` has tried to sign in to the admin."""
    client = Client(**options)
    client.post(LOGIN, {"username": person.username, "password": password, "next": "/admin/"})
    return client


def state_of(client):
    """Return what Django keeps of a browser's session in the admin, to look at or to change and `save`."""
    from django.contrib.sessions.backends.db import SessionStore

    return SessionStore(client.cookies[ADMIN_COOKIE].value)


def make_older(client, **seconds):
    """Have things that a session remembers be so much longer ago."""
    state = state_of(client)
    for name, by in seconds.items():
        state[name] -= by
    state.save()
