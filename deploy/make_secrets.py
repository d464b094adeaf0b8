"""Makes the deployment's passwords and keys, once: `python deploy/make_secrets.py /secrets`.

`kept` holds one file a secret. Every other directory belongs to one reader and holds what that reader needs and nothing
else: each of them is a volume of its own, so that nobody who breaks into Grafana finds the key that signs log-ins.
Running it again makes what is missing and changes nothing else; to have one made anew, delete its file in `kept`. With
`--new-jwt-key` the key that signs access tokens is made anew, and the one before is kept, so nobody is logged out.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import bcrypt

KEPT = "kept"
BYTES = 36  # of chance in a password or key: 48 characters, all of which may stand in a URL

Secrets = Mapping[str, str]


def random_text() -> str:
    """Return a new password or key."""
    return secrets.token_urlsafe(BYTES)


MADE: dict[str, Callable[[], str]] = {
    "secret_key": random_text,
    "jwt_secret_key": random_text,
    "jwt_previous_secret_key": str,  # empty until there was another one
    "metrics_token": random_text,
    "cassandra_admin_password": random_text,
    "cassandra_password": random_text,
    "postgres_admin_password": random_text,
    "postgres_owner_password": random_text,
    "postgres_password": random_text,
    "postgres_exporter_password": random_text,
    "valkey_password": random_text,
    "grafana_password": random_text,
    "prometheus_password": random_text,
    # Kept, so that the same password always makes the same file below.
    "prometheus_salt": lambda: bcrypt.gensalt().decode(),
}


def database_url(kept: Secrets) -> str:
    """Return what the service takes as DATABASE_URL."""
    return f"postgres://chat:{kept['postgres_password']}@postgres:5432/chat"


def owners_database_url(kept: Secrets) -> str:
    """Return likewise what migrations take."""
    return f"postgres://chat_owner:{kept['postgres_owner_password']}@postgres:5432/chat"


def redis_url(kept: Secrets) -> str:
    """Return what the service takes as REDIS_URL: database 1, where people's tools look for it."""
    return f"redis://:{kept['valkey_password']}@valkey:6379/1"


def valkey_configuration(kept: Secrets) -> str:
    """Return the line that `valkey.conf` includes; on a command line everybody could read it."""
    return f"requirepass {kept['valkey_password']}"


def valkey_exporters_password(kept: Secrets) -> str:
    """Return the file that the exporter takes."""
    return json.dumps({"redis://valkey:6379": kept["valkey_password"]})


def prometheus_users(kept: Secrets) -> str:
    """Return Prometheus's web configuration, with the user `prometheus`."""
    salt = kept["prometheus_salt"].encode()
    hashed = bcrypt.hashpw(kept["prometheus_password"].encode(), salt).decode()
    return json.dumps({"basic_auth_users": {"prometheus": hashed}})  # JSON is YAML


def copy(name: str) -> Callable[[Secrets], str]:
    """Return what hands on a secret as it is."""
    return lambda kept: kept[name]


READERS: dict[str, dict[str, Callable[[Secrets], str]]] = {
    "application": {
        "secret_key": copy("secret_key"),
        "jwt_secret_key": copy("jwt_secret_key"),
        "jwt_previous_secret_key": copy("jwt_previous_secret_key"),
        "metrics_token": copy("metrics_token"),
        "cassandra_password": copy("cassandra_password"),
        "database_url": database_url,
        "redis_url": redis_url,
    },
    "migration": {
        "cassandra_admin_password": copy("cassandra_admin_password"),
        "database_url": owners_database_url,
    },
    # It gives the roles their passwords.
    "postgres": {
        "postgres_admin_password": copy("postgres_admin_password"),
        "postgres_owner_password": copy("postgres_owner_password"),
        "postgres_password": copy("postgres_password"),
        "postgres_exporter_password": copy("postgres_exporter_password"),
    },
    "valkey": {"valkey_password": copy("valkey_password"), "requirepass.conf": valkey_configuration},
    "exporters": {
        "postgres_exporter_password": copy("postgres_exporter_password"),
        "valkey_passwords.json": valkey_exporters_password,
    },
    "prometheus": {
        "metrics_token": copy("metrics_token"),
        "prometheus_password": copy("prometheus_password"),
        "web.yaml": prometheus_users,
    },
    "grafana": {
        "grafana_password": copy("grafana_password"),
        "prometheus_password": copy("prometheus_password"),
    },
}


def make(root: Path) -> None:
    """Bring `root` to what is written above."""
    kept = {name: keep(root / KEPT / name, new) for name, new in MADE.items()}
    for reader, files in READERS.items():
        for name, content in files.items():
            write(root / reader / name, f"{content(kept)}\n")


def replace_jwt_key(root: Path) -> None:
    """Put the key aside that signs access tokens; `make` makes another one."""
    now = root / KEPT / "jwt_secret_key"
    if now.exists():
        now.replace(root / KEPT / "jwt_previous_secret_key")


def keep(path: Path, new: Callable[[], str]) -> str:
    """Return the secret in a file, made now if there is none."""
    if not path.exists():
        write(path, f"{new()}\n")
    return path.read_text().strip()


def write(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all. All may read it who are given its directory."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    # Made and opened in one: root without capabilities can't open what nobody may write.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    # Each reader's container has a user of its own; who may enter the volume may read it.
    new.chmod(0o444)
    new.replace(path)


if __name__ == "__main__":
    if "--new-jwt-key" in sys.argv[2:]:
        replace_jwt_key(Path(sys.argv[1]))
    make(Path(sys.argv[1]))
