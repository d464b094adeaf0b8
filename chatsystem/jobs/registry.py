"""Which kinds of jobs there are, and what is done for each.

An app's kinds stand in its module `jobs`, which is imported when somebody first asks for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.module_loading import autodiscover_modules

if TYPE_CHECKING:
    from chatsystem.jobs.run import Run

Handler = Callable[["Run"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    A `daily` one is started by the worker, once a day (UTC). Those that people start take the `permission`; see
    `rights`. A `repeatable` one that has ended changes nothing when it is done again, unless something undid what it
    did.
    """

    name: str
    label: str
    handler: Handler
    daily: bool
    permission: str | None
    repeatable: bool


_kinds: dict[str, Kind] = {}


def handles(
    name: str, *, label: str, daily: bool = False, permission: str | None = None, repeatable: bool = False
) -> Callable[[Handler], Handler]:
    """Have the function do the jobs of the kind `name`; `label` is what operators read.

    `permission` is what starting one takes, where people do: whoever has it may cancel such jobs, and nobody else may
    have one tried again.

    It gets a `Run`, and is called again, with the cursor saved last, after a kill, an outage or an error. What it did
    since then it does again, so it must be idempotent.
    """

    def register(handler: Handler) -> Handler:
        if name in _kinds:
            raise ValueError(f"two handlers for jobs of the kind {name}")
        _kinds[name] = Kind(name, label, handler, daily, permission, repeatable)
        return handler

    return register


def kinds() -> Mapping[str, Kind]:
    """Return all kinds by name."""
    _discover()
    return _kinds


@cache
def _discover() -> None:
    autodiscover_modules("jobs")
    from chatsystem.jobs import housekeeping  # noqa: F401  (its own kinds; importing registers them)
