"""Who acts, and on what: values that outlive whoever and whatever they name."""

import os
import pwd
from dataclasses import dataclass
from typing import Any, Protocol


class Person(Protocol):
    """What is asked of an account."""

    pk: Any
    username: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person by an account, a command by a user of this machine, or the service by itself."""

    kind: str
    id: str
    name: str

    @classmethod
    def of(cls, person: Person) -> "Actor":
        """Return the person as who acts."""
        return cls("person", str(person.pk), person.username)

    @classmethod
    def command(cls) -> "Actor":
        """Return whoever runs this process, as the system knows them: what the environment says anybody can set."""
        number = os.getuid()
        try:
            name = pwd.getpwuid(number).pw_name
        except KeyError:  # as in a container whose user has no name
            name = str(number)
        return cls("command", str(number), name)

    @classmethod
    def service(cls) -> "Actor":
        """Return the service, which keeps house without being asked."""
        return cls("service", "", "service")


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on; `name` is what people know it by at that time, where it has one."""

    kind: str
    id: str
    name: str = ""

    @classmethod
    def of(cls, person: Person) -> "Target":
        """Return the person as whom it happens to."""
        return cls("person", str(person.pk), person.username)
