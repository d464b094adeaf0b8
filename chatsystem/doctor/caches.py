"""Redis, or Valkey."""

from collections.abc import Iterator

from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError

from chatsystem.doctor.findings import Finding, failed, ok, version_of, warning
from chatsystem.redis import connection

MINIMUM = (6, 2)
SLOW = 0.05  # seconds for a round trip; the cache gives up after 0.1
NEARLY_FULL = 0.95  # of its memory
UNREACHABLE = "Start it, or set REDIS_URL. The service is slower without it, and right."


def examine() -> Iterator[Finding]:
    """Reachable, its version, its memory, and whether it takes what it is given."""
    try:
        server = connection.examine()
    except (ConnectionError, TimeoutError) as error:
        yield failed(f"unreachable ({type(error).__name__})", UNREACHABLE)
        return
    except ResponseError as error:
        yield failed(f"refuses to be asked: {error}", "Set user and password in REDIS_URL.")
        return
    yield version_of(server.name, server.version, MINIMUM)
    yield _memory(server)
    yield from _round_trip()


def _memory(server: connection.Server) -> Finding:
    if not server.maxmemory:
        return warning("it may take all of the machine's memory", "Set maxmemory in its configuration.")
    if server.policy == "noeviction":
        full = server.used_memory > NEARLY_FULL * server.maxmemory
        finding = failed if full else warning
        message = f"it {'is' if full else 'will be'} full and take nothing more (maxmemory-policy noeviction)"
        return finding(message, "Set maxmemory-policy allkeys-lru: all that it holds can be rebuilt.")
    return ok(f"maxmemory {server.maxmemory / 2**20:.0f} MiB, {server.policy}")


def _round_trip() -> Iterator[Finding]:
    try:
        seconds = connection.round_trip()
    except RedisError as error:
        yield failed(f"what is written can't be read again: {error}", "See whether it is a replica, or full.")
        return
    if seconds > SLOW:
        yield warning(f"a round trip takes {seconds * 1000:.0f} ms", "Move it nearer; after 100 ms it isn't used.")
    else:
        yield ok(f"a round trip takes {seconds * 1000:.1f} ms")
