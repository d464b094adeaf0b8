"""Reports, operators, and where a text may be."""

from collections import defaultdict

from django.apps import apps
from django.db import connection

from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor
from chatsystem.redis.connection import redis
from messaging.services.sending import send_message
from messaging.store.cluster import ROWS
from messaging.store.session import get_session
from moderation.models import Evidence
from moderation.services.reports import report_message, report_person

MODERATOR = Actor("person", "7", "mona")


def conversation(one, other, number):
    """Messages of two people by turns, the oldest first: their contents are their numbers, from 0."""
    people = (one, other)
    return [
        send_message(sender=people[turn % 2], recipient=people[1 - turn % 2].username, content=f"number {turn}")
        for turn in range(number)
    ]


def spam(sender, recipient, content="Buy!"):
    return send_message(sender=sender, recipient=recipient.username, content=content)


def report(reporter, message, category="spam", words="", **seen):
    return report_message(reporter=reporter, message_id=message.id, category=category, words=words, **seen)


def report_of(reporter, person, category="spam", words="", **seen):
    return report_person(reporter=reporter, username=person.username, category=category, words=words, **seen)


def evidence_of(told):
    """What is kept with a report: places and contents."""
    return list(Evidence.objects.filter(report=told.id).order_by("place").values_list("place", "content"))


def entries(since=0):
    """What the audit log tells: action, target, after, reason."""
    found = AuditEntry.objects.filter(number__gt=since).order_by("number")
    return [(one.action, one.target_kind, one.target_id, one.after, one.reason) for one in found]


def last_number():
    return AuditEntry.objects.order_by("number").values_list("number", flat=True).last() or 0


def found_in_cassandra(text):
    """The tables of which a row, read as it is, has a text in it; views over them too."""
    session = get_session()
    columns = defaultdict(list)
    for row in session.execute(
        "SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = %s", (session.keyspace,)
    ):
        if any(kind in row["type"] for kind in ("text", "ascii", "blob")):
            columns[row["table_name"]].append(row["column_name"])
    # Whatever else the run has written is read too, so only what can hold a text.
    rows = {
        name: session.execute(f"SELECT {', '.join(names)} FROM {name}", execution_profile=ROWS)
        for name, names in columns.items()
    }
    return sorted(name for name in rows if any(text in str(row) for row in rows[name]))


def found_in_sql(text):
    """The models of which a row, read as it is, has a text in it."""
    found = []
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
                if any(text in str(row) for row in cursor.fetchall()):
                    found.append(model.__name__)
    return found


def found_in_redis(text):
    """The keys whose value, whatever its kind, has a text in it."""
    return [
        key
        for key in redis().scan_iter(count=1_000)
        if text.encode() in (redis().dump(key) or b"") or text in str(_value_of(key))
    ]


def _value_of(key):
    kind = redis().type(key)
    return {b"hash": redis().hgetall, b"string": redis().get}.get(kind, lambda _: b"")(key)
