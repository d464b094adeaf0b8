"""Whom to tell of a hole."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsystem import env

PATH = "/.well-known/security.txt"


def test_it_names_the_contact_for_half_a_year(client, settings, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False)
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    settings.PUBLIC_URL = "https://chat.example.org"
    answer = client.get(PATH)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.content.decode().splitlines() == [
        "Contact: mailto:security@example.org",
        "Expires: 2027-05-23T00:00:00Z",
        "Preferred-Languages: en, de",
        "Canonical: https://chat.example.org/.well-known/security.txt",
    ]


def test_without_a_contact_there_is_none(client, settings):
    settings.SECURITY_CONTACT = ""
    assert client.get(PATH).status_code == 404


def test_it_is_only_read(client, settings):
    settings.SECURITY_CONTACT = "https://example.org/report"
    assert client.post(PATH).status_code == 405


@pytest.mark.parametrize("value", ["security@example.org", "http://example.org", "mailto:a b", "mailto:a\nContact: b"])
def test_what_is_no_contact_is_refused(monkeypatch, value):
    monkeypatch.setenv("SECURITY_CONTACT", value)
    with pytest.raises(ImproperlyConfigured, match="SECURITY_CONTACT must be mailto:"):
        env.contact("SECURITY_CONTACT")
