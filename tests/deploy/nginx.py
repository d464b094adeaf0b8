"""The deployment's own nginx: Debian's program runs `deploy/nginx/start.sh` as a user without rights."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from embedded.ports import free_ports
from tests.deploy.programs import PATH, find_program
from tests.embedded.waiting import wait_until
from tests.postgres import as_nobody, give_to_nobody, open_directory
from tests.server import ROOT

SOURCE = ROOT / "deploy" / "nginx"


class Nginx:
    """One nginx in a directory of its own; sockets are in `directory`, its log is `log`."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.log = directory / "nginx.log"
        self.output = directory / "output"
        self.http_port, self.https_port, self.status_port = free_ports(3)
        self.environment = {
            "PATH": PATH,
            "SOURCE_DIRECTORY": str(SOURCE),
            "RUN_DIRECTORY": str(directory / "run"),
            "SOCKET_DIRECTORY": str(directory),
            "CERTIFICATE_DIRECTORY": str(directory),
            "LOG_FILE": str(self.log),
            "HTTP_PORT": f"127.0.0.1:{self.http_port}",
            "HTTPS_PORT": f"127.0.0.1:{self.https_port}",
            "STATUS_PORT": str(self.status_port),
            # Tests ask faster than people do; those of the limit set another one.
            "ADDRESS_RATE": "1000r/s",
            "ADDRESS_BURST": "1000",
            **environment,
        }

    @property
    def url(self) -> str:
        """Where it speaks HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def secure_url(self) -> str:
        """Where it speaks HTTPS, for a name that the certificate has."""
        return f"https://localhost:{self.https_port}"

    def start(self) -> None:
        """Start it and return when it listens."""
        find_program("nginx")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                as_nobody([Path("/bin/sh"), SOURCE / "start.sh"]),
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: (self.directory / "run" / "nginx.pid").exists() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError(f"nginx did not start:\n{self.output.read_text()}")

    def stop(self) -> int:
        """End it as Docker does, once all requests are answered, and return its status."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            return self.process.wait(20)
        finally:
            # What start.sh left in the background.
            os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def open_place() -> Iterator[Path]:
    """A directory that an unprivileged nginx can enter and write into."""
    directory = Path(tempfile.mkdtemp(prefix="nginx-", dir=open_directory()))
    directory.chmod(0o755)
    give_to_nobody(directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_nginx(directory: Path, **environment: str) -> Iterator[Nginx]:
    """Run nginx until the end of the block. Its sockets may come later."""
    nginx = Nginx(directory, environment)
    nginx.start()
    try:
        yield nginx
    finally:
        nginx.stop()


def make_certificate(directory: Path) -> Path:
    """Make a certificate for `localhost` that nobody but a test trusts, where nginx looks for one."""
    chain, key = directory / "chain.pem", directory / "key.pem"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = [str(find_program("openssl")), "req", "-x509", *options, *name, "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, capture_output=True)
    give_to_nobody(chain, key)
    return chain
