"""What the service's role is given. That the cluster then lets it in and keeps it from more: tests/deploy."""

import secrets

import pytest

from messaging.store import roles
from messaging.store.cluster import ROWS
from messaging.store.schema import keyspace_name
from messaging.store.session import get_session

READ, WRITE, ASK = (
    f'GRANT SELECT ON KEYSPACE {keyspace_name()} TO "{{role}}"',
    f'GRANT MODIFY ON KEYSPACE {keyspace_name()} TO "{{role}}"',
    'GRANT SELECT ON KEYSPACE system_views TO "{role}"',
)


class Listening:
    """The session, but for GRANT, which a node that lets everybody in refuses. It keeps what was given elsewhere."""

    def __init__(self):
        self.granted = []

    def execute(self, text, values=()):
        if text.startswith("GRANT"):
            self.granted.append(text)
            return []
        return get_session().execute(text, values, execution_profile=ROWS)


@pytest.mark.parametrize(
    ("ours", "views", "granted"),
    [
        (None, None, [READ, WRITE, ASK]),
        ({"SELECT"}, {"SELECT"}, [WRITE]),
        ({"SELECT", "MODIFY"}, None, [ASK]),
        ({"SELECT", "MODIFY"}, {"SELECT"}, []),
    ],
)
def test_a_role_is_given_what_it_lacks_and_no_more(ours, views, granted):
    role = f"Role {secrets.token_hex(6)}"
    for keyspace, rights in ((keyspace_name(), ours), ("system_views", views)):
        if rights:
            get_session().execute(
                "INSERT INTO system_auth.role_permissions (role, resource, permissions) VALUES (%s, %s, %s)",
                (role, f"data/{keyspace}", rights),
            )
    session = Listening()
    roles._grant(session, role)
    assert session.granted == [text.format(role=role) for text in granted]
