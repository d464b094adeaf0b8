"""What the service finds in its environment: ours, then `.env`, then what embedding adds."""

import os
import re
import secrets
from pathlib import Path

from embedded.paths import PROJECT, Paths

SECRETS = ("SECRET_KEY", "JWT_SECRET_KEY")
SECRET_BYTES = 48
ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


def named_environment(dotenv: Path = PROJECT / ".env") -> dict[str, str]:
    """Return what people have named: the environment wins over `.env`, and an empty value names nothing."""
    named = {**read_assignments(dotenv), **os.environ}
    return {name: value for name, value in named.items() if value}


def add_defaults(environment: dict[str, str], paths: Paths) -> None:
    """Add what a service on one machine needs and nobody has named, secrets included."""
    environment.setdefault("APP_ENV", "development")
    environment.setdefault("APP_PORT", "8000")
    environment.setdefault("DATABASE_URL", f"sqlite:///{paths.database}")
    environment.setdefault("EMAIL_URL", f"filemail:///{paths.mail}")
    for name, value in _kept_secrets(environment, paths.secrets).items():
        environment.setdefault(name, value)


def read_assignments(path: Path) -> dict[str, str]:
    """Return the assignments in a file of the kind of `.env`; what isn't one is left out."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    matches = [ASSIGNMENT.fullmatch(line) for line in lines]
    return {match[1]: _unquoted(match[2]) for match in matches if match}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    # As in a shell, a comment after a value starts with a blank.
    return re.split(r"(?:^|\s+)#", value, maxsplit=1)[0]


def _kept_secrets(environment: dict[str, str], path: Path) -> dict[str, str]:
    kept = read_assignments(path)
    # SECRET_KEY_FILE names one as well.
    new = [name for name in SECRETS if not {name, f"{name}_FILE"} & environment.keys() and name not in kept]
    if new:
        kept |= {name: secrets.token_urlsafe(SECRET_BYTES) for name in new}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    return {name: value for name, value in kept.items() if f"{name}_FILE" not in environment}
