"""The embedded Redis: a real Valkey that keeps nothing on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from embedded.parts import Part, ask
from embedded.programs import find_redis

# It only holds what can be rebuilt: no snapshots, no log of writes, and the least used goes first.
CONFIGURATION = """\
bind {host}
port {port}
dir "{directory}"
save ""
appendonly no
maxmemory 64mb
maxmemory-policy allkeys-lru
"""


class Valkey(Part):
    """One Valkey, or the machine's own Redis."""

    name = "Valkey"
    patience = 20.0
    grace = 5.0

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        host: str = "127.0.0.1",
        password: str = "",
        logs: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(directory, port, host=host, logs=logs, environment=environment)
        self.password = password

    @property
    def url(self) -> str:
        """What the service takes as `REDIS_URL`."""
        login = f":{quote(self.password)}@" if self.password else ""
        return f"redis://{login}{self.host}:{self.port}/1"

    def prepare(self) -> None:
        text = CONFIGURATION.format(host=self.host, port=self.port, directory=self.directory)
        if self.password:
            text += f'requirepass "{self.password}"\n'
        # A file that others can't read: a command line can be read by everybody.
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(text)

    def command(self) -> Sequence[str | Path]:
        return [find_redis(), self._configuration]

    def is_ready(self) -> bool:
        login = f'AUTH "{self.password}"\r\n' if self.password else ""
        expected = b"+OK\r\n+PONG" if self.password else b"+PONG"
        return ask(self.host, self.port, f"{login}PING\r\n".encode(), length=len(expected)) == expected

    @property
    def _configuration(self) -> Path:
        return self.directory / "valkey.conf"
