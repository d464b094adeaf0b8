"""The secrets that are made: once, each for its reader alone."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from deploy.make_secrets import READERS, make, replace_jwt_key
from tests.deploy.compose import (
    WHOLE,
    mounted,
    services,
)
from tests.server import ROOT

SECRETS = {
    "application/cassandra_password": 48,
    "application/jwt_secret_key": 48,
    "application/metrics_token": 48,
    "application/secret_key": 48,
    "grafana/grafana_password": 48,
    "migration/cassandra_admin_password": 48,
    "postgres/postgres_admin_password": 48,
    "postgres/postgres_owner_password": 48,
    "exporters/postgres_exporter_password": 48,
}


def test_secrets_are_made_once_each_for_its_reader_and_hold_together(tmp_path):
    def run():
        # As in its container: root, if at all, without any of a root's capabilities.
        rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
        command = [*rights, sys.executable, "deploy/make_secrets.py", str(tmp_path)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*") if file.is_file()}

    made = run()
    assert {name: len(made[name].strip()) for name in SECRETS} == SECRETS
    values = [text for name, text in made.items() if name.startswith("kept/")]
    assert len(set(values)) == len(values) == 14
    password = made["postgres/postgres_password"].strip()
    assert made["application/database_url"] == f"postgres://chat:{password}@postgres:5432/chat\n"
    owner = made["postgres/postgres_owner_password"].strip()
    assert made["migration/database_url"] == f"postgres://chat_owner:{owner}@postgres:5432/chat\n"
    assert made["valkey/requirepass.conf"] == f"requirepass {made['valkey/valkey_password']}"
    assert made["application/redis_url"] == f"redis://:{made['valkey/valkey_password'].strip()}@valkey:6379/1\n"
    assert run() == made
    (tmp_path / "kept" / "postgres_password").unlink()
    (tmp_path / "grafana" / "grafana_password").unlink()
    changed = {name for name, text in run().items() if text != made[name]}
    # One deleted where it is kept is made anew for all its readers; one lost by a reader is the old one.
    assert changed == {
        *("kept/postgres_password", "postgres/postgres_password", "application/database_url"),
    }
    assert {os.stat(file).st_mode & 0o777 for file in tmp_path.rglob("*") if file.is_file()} == {0o444}


def given(root, name):
    """What the application is given."""
    return (root / "application" / name).read_text()


def test_a_new_key_for_tokens_leaves_the_old_one_beside_it_and_all_else_as_it_is(tmp_path):
    make(tmp_path)
    old = {name: given(tmp_path, name) for name in ("jwt_secret_key", "secret_key", "database_url")}
    assert given(tmp_path, "jwt_previous_secret_key") == "\n"
    replace_jwt_key(tmp_path)
    make(tmp_path)
    assert given(tmp_path, "jwt_previous_secret_key") == old["jwt_secret_key"]
    assert len(given(tmp_path, "jwt_secret_key")) == len(old["jwt_secret_key"])
    assert given(tmp_path, "jwt_secret_key") != old["jwt_secret_key"]
    assert {name: given(tmp_path, name) for name in ("secret_key", "database_url")} == {
        "secret_key": old["secret_key"],
        "database_url": old["database_url"],
    }


def test_every_secret_that_a_service_is_given_is_made():
    made = {f"secrets-{reader}": set(files) for reader, files in READERS.items()}
    for name, service in services(WHOLE).items():
        if name == "secrets":
            continue
        given = {where: source for source, where, _ in mounted(service) if source.startswith("secrets-")}
        for word in re.findall(r"/(?:secrets|migration)/[\w./]+", json.dumps(service)):
            folder = str(Path(word).parent)
            if word not in given:
                assert Path(word).name in made[given[folder]], f"{name} reads {word}"
