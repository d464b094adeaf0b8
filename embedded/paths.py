"""Where everything is kept."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Paths:
    """The directory of one embedded service: `EMBEDDED_DIRECTORY`, or `.local` of the project."""

    root: Path

    @classmethod
    def default(cls) -> "Paths":
        return cls(Path(os.environ.get("EMBEDDED_DIRECTORY") or PROJECT / ".local").absolute())

    @cached_property
    def cassandra(self) -> Path:
        return self.root / "cassandra"

    @cached_property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @cached_property
    def database(self) -> Path:
        return self.root / "db.sqlite3"

    @cached_property
    def logs(self) -> Path:
        return self.root / "logs"

    @cached_property
    def mail(self) -> Path:
        return self.root / "mail"

    @cached_property
    def secrets(self) -> Path:
        return self.root / "secrets.env"

    @cached_property
    def lock(self) -> Path:
        return self.root / "lock"

    @cached_property
    def state(self) -> Path:
        return self.root / "state.json"
