"""Somebody in front of a browser."""

import pytest
from django.test import Client


@pytest.fixture
def browser(alice):
    """A browser in which alice is logged in."""
    client = Client()
    client.force_login(alice)
    return client
