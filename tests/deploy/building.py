"""Builds stages of `deploy/Dockerfile` without an engine, each on a layer of its own over this machine.

A stage's layer is an overlay in memory, so nothing of this machine changes and everything is gone with the process:
`unshare --mount python -m tests.deploy.building STAGE... -- COMMAND...` builds the stages with what they stand on, then
runs COMMAND inside the last one, as its user, on a file system that can't be written but for /tmp. Only root can mount.

Bases stand for what they bring: this machine's Python is there under the name `python`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PROVIDED = {"python:"}  # bases whose programs this machine has
SIZE = "1500m"  # of memory that all layers may take; the largest, with all packages, takes 250 MB
VOLUMES = ("/run/chat", "/var/log/chat", "/var/mail/chat")
# Of the machine's environment pip wants these where packages come by a mirror or a proxy.
KEPT = re.compile(r"PIP_.*|.*_PROXY|.*_proxy|SSL_CERT_.*|REQUESTS_CA_BUNDLE")


@dataclass
class Stage:
    """What the Dockerfile says of a stage, and what was made of it."""

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)
    root: Path = Path()
    directory: str = "/"
    user: str = "0:0"
    environment: dict[str, str] = field(default_factory=dict)


def read_stages(text: str) -> dict[str, Stage]:
    """Return the stages by name, in order."""
    stages: dict[str, Stage] = {}
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = stages[name] = Stage(name, base)
        else:
            stage.instructions.append((instruction, rest))
    return stages


def needed(stages: dict[str, Stage], name: str) -> Iterator[str]:
    """Return the names of the stages that one stands on or copies from, and its own, each after those before it."""
    stage = stages[name]
    if stage.base in stages:
        yield from needed(stages, stage.base)
    for instruction, rest in stage.instructions:
        if instruction == "COPY" and rest.startswith("--from="):
            yield from needed(stages, rest.split()[0].removeprefix("--from="))
    yield name


class Builder:
    """Builds in a directory in memory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.stages = read_stages(DOCKERFILE.read_text())
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], check=True)

    def build(self, name: str) -> Stage:
        """Build a stage and what it stands on."""
        for each in dict.fromkeys(needed(self.stages, name)):
            if self.stages[each].root == Path():
                self._build(self.stages[each])
        return self.stages[name]

    def _build(self, stage: Stage) -> None:
        below = self._lay(stage)
        if below:
            stage.directory, stage.user = below.directory, below.user
            stage.environment = dict(below.environment)
        for instruction, rest in stage.instructions:
            match instruction:
                case "WORKDIR":
                    stage.directory = rest
                    self._inside(stage, rest).mkdir(parents=True, exist_ok=True)
                case "ENV":
                    stage.environment |= dict(word.split("=", 1) for word in shlex.split(rest))
                case "USER":
                    stage.user = rest
                case "COPY":
                    self._copy(stage, rest.split())
                case "RUN":
                    sys.stderr.write(f"{stage.name}: RUN {rest[:100]}\n")
                    self.run(stage, ["/bin/sh", "-ec", rest], check=True)
                case "CMD" | "HEALTHCHECK" | "EXPOSE" | "ENTRYPOINT":
                    pass
                case _:
                    raise AssertionError(f"{instruction} is not known here")

    def _lay(self, stage: Stage) -> Stage | None:
        """Mount the stage's layer over its base, and return the base where that is a stage."""
        below = self.stages.get(stage.base)
        if below is None and not any(stage.base.startswith(base) for base in PROVIDED):
            raise AssertionError(f"{stage.base} can't be had without an engine")
        upper, work, stage.root = (self.place / f"{stage.name}.{kind}" for kind in ("upper", "work", "root"))
        for directory in (upper, work, stage.root):
            directory.mkdir()
        # Layers below, the nearest first; this machine last.
        layers, each = [], below
        while each:
            layers.append(str(self.place / f"{each.name}.upper"))
            each = self.stages.get(each.base)
        options = f"lowerdir={':'.join([*layers, '/'])},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, stage.root], check=True)
        for kernels in ("dev", "proc", "sys"):
            subprocess.run(["mount", "--rbind", f"/{kernels}", stage.root / kernels], check=True)
        if below is None:
            self._open_python(stage)
        return below

    def _open_python(self, stage: Stage) -> None:
        """Let the image's user enter where this machine has its Python, in this layer alone."""
        for directory in (Path(sys.base_prefix), *Path(sys.base_prefix).parents):
            inside = stage.root / str(directory).lstrip("/")
            inside.chmod(inside.stat().st_mode | 0o555)
        (stage.root / "usr/local/bin").mkdir(parents=True, exist_ok=True)
        program = stage.root / "usr/local/bin/python"
        program.unlink(missing_ok=True)
        # No link: a virtual environment would look for its library beside that.
        program.write_text(f'#!/bin/sh\nexec {sys.base_prefix}/bin/python3 "$@"\n')
        program.chmod(0o755)

    def _copy(self, stage: Stage, words: Sequence[str]) -> None:
        source = ROOT
        if words[0].startswith("--from="):
            source, words = self.stages[words[0].removeprefix("--from=")].root, words[1:]
        *names, target = words
        to = self._inside(stage, target)
        for name in names:
            origin = source / name.lstrip("/")
            if origin.is_dir():
                without = shutil.ignore_patterns("__pycache__") if source == ROOT else None
                shutil.copytree(origin, to, symlinks=True, dirs_exist_ok=True, ignore=without)
            else:
                place = to / origin.name if target.endswith("/") else to
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(origin, place)

    def _inside(self, stage: Stage, path: str) -> Path:
        return stage.root / os.path.join(stage.directory, path).lstrip("/")

    def run(
        self, stage: Stage, command: Sequence[str], *, check: bool = False, more: dict[str, str] | None = None
    ) -> int:
        """Run a command inside a stage, as its user."""
        environment = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        environment |= {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", **stage.environment, **(more or {})}
        user, _, group = stage.user.partition(":")
        program = [
            "/usr/sbin/chroot",
            f"--userspec={user}:{group or user}",
            str(stage.root),
            "/bin/sh",
            "-c",
            'cd "$0" && exec "$@"',
        ]
        return subprocess.run([*program, stage.directory, *command], env=environment, check=check).returncode

    def close(self, stage: Stage) -> None:
        """Make the stage's file system read-only, but for an empty /tmp and the volumes, as the container's is."""
        subprocess.run(["mount", "-o", "remount,ro", stage.root], check=True)
        for where in ("/tmp", *VOLUMES):
            directory = stage.root / where.lstrip("/")
            found = directory.stat()
            # Docker gives a new volume the owner and the mode of the directory that it is mounted over.
            options = f"mode={found.st_mode & 0o7777:o},uid={found.st_uid},gid={found.st_gid}"
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], check=True)


def main(arguments: Sequence[str]) -> int:
    """Build, then run the command in the last stage with the variables that begin with `INSIDE_`."""
    split = arguments.index("--")
    place = Path(os.environ["BUILD_PLACE"])
    builder = Builder(place)
    for name in arguments[:split]:
        stage = builder.build(name)
    builder.close(stage)
    more = {name.removeprefix("INSIDE_"): value for name, value in os.environ.items() if name.startswith("INSIDE_")}
    return builder.run(stage, arguments[split + 1 :], more=more)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
