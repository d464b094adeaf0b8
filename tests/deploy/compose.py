"""The compose files as values: merged as Compose does, where a later file overrides an earlier one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.server import ROOT

WHOLE = ("docker-compose.yaml",)
SMALL = (*WHOLE, "deploy/compose.small.yaml")
DEVELOPMENT = (*SMALL, "deploy/compose.development.yaml")
FILES = DEVELOPMENT  # each of them once

UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


class Override:
    """What `!override` marks: it replaces what was there, where Compose would add to it."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Loader(yaml.SafeLoader):
    """YAML with Compose's own tag."""


def _override(loader: Loader, node: yaml.Node) -> Override:
    if isinstance(node, yaml.MappingNode):
        return Override(loader.construct_mapping(node, deep=True))
    assert isinstance(node, yaml.SequenceNode)
    return Override(loader.construct_sequence(node, deep=True))


Loader.add_constructor("!override", _override)


def read(name: str) -> dict[str, Any]:
    """Return one file."""
    content: dict[str, Any] = yaml.load((ROOT / name).read_text(), Loader)
    return content


def plain(value: Any) -> Any:
    """Return a file's content without marks, as its schema wants it."""
    if isinstance(value, Override):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def merged(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the files together."""
    whole: Any = {}
    for name in names:
        whole = _merge(whole, read(name))
    result: dict[str, Any] = plain(whole)
    return result


def _merge(base: Any, more: Any) -> Any:
    if isinstance(base, dict) and isinstance(more, dict):
        return {**base, **{key: _merge(base[key], value) if key in base else value for key, value in more.items()}}
    # A command is replaced; other lists (ports, volumes) grow, and a volume of the same target takes the place.
    if isinstance(base, list) and isinstance(more, list) and not _is_command(base):
        targets = {target(entry) for entry in more}
        return [*(entry for entry in base if target(entry) not in targets), *more]
    return more


def _is_command(value: list[Any]) -> bool:
    return bool(value) and str(value[0]) in {"python", "postgres", "valkey-server", "gunicorn", "run", "/bin/sh"}


def target(entry: Any) -> Any:
    """Return where in the container a volume is; of anything else the entry itself."""
    if isinstance(entry, dict):
        return entry.get("target", str(entry))
    return entry.split(":")[1] if entry.count(":") and "/" in entry and not entry[0].isdigit() else entry


def services(names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the services that start by `docker compose up`."""
    return {name: service for name, service in merged(names)["services"].items() if not service.get("profiles")}


def tools(names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the services that are run by hand."""
    every = merged(names)["services"]
    return {name: service for name, service in every.items() if service.get("profiles") == ["tools"]}


def mounted(service: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Return what a service mounts: source, target and whether it's read-only."""
    for entry in service.get("volumes", ()):
        if isinstance(entry, dict):
            yield entry["source"], entry["target"], entry.get("read_only", False)
        else:
            source, where, *mode = entry.split(":")
            yield source, where, mode == ["ro"]


def by_default(text: str) -> str:
    """Return what Compose makes of a text with `${NAME:-default}` in it where nobody has set the variable."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def size(text: str) -> int:
    """Return bytes, from 512M."""
    return int(text[:-1]) * UNITS[text[-1].upper()]


def path(source: str) -> Path:
    """Return where a mounted file of the project is."""
    return ROOT / source
