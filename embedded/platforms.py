"""Whether this machine will do; also asked before anything is installed, so it imports nothing that Windows lacks."""

import platform
import sys

from embedded.errors import EmbeddedError
from embedded.programs import own_java, own_redis

SYSTEMS = ("linux", "darwin")
JAVA_WHEELS = {("linux", "x86_64"), ("darwin", "x86_64"), ("darwin", "arm64")}
REDIS_WHEELS = {*JAVA_WHEELS, ("linux", "aarch64")}
OLDEST_GLIBC = (2, 28)  # what the wheels are built for


def check_platform() -> None:
    """Refuse a platform that has neither programs of its own nor wheels with some."""
    if sys.platform not in SYSTEMS:
        raise EmbeddedError(f"this runs on Linux and macOS, not on {sys.platform}: use WSL or docker-compose.yaml")
    here = (sys.platform, platform.machine())
    if (here not in JAVA_WHEELS or _is_old_libc()) and own_java() is None:
        raise EmbeddedError(f"no Java comes along for {_described()}: install Java 17 (or 11) and start again")
    if (here not in REDIS_WHEELS or _is_old_libc()) and own_redis() is None:
        raise EmbeddedError(f"no Valkey comes along for {_described()}: install valkey or redis (6.2 or later)")


def _is_old_libc() -> bool:
    if sys.platform != "linux":
        return False
    name, version = platform.libc_ver()
    # musl has no name here.
    return name != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC


def _described() -> str:
    library = " ".join(filter(None, platform.libc_ver())) or "another C library"
    return f"{sys.platform} on {platform.machine()}" + (f" with {library}" if sys.platform == "linux" else "")
