"""What the deployment's tests share: the service behind nginx, by sockets as in the containers."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deploy.nginx import Nginx, make_certificate, open_place, running_nginx
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, Server, running_server

# The longest first, so that the others fill what is left of the other processes' time; the ring's mostly waits.
FIRST = (
    *("test_ring.py", "test_backup.py", "test_image.py", "test_capacity.py", "test_cassandra.py"),
    *("test_postgres_roles.py", "test_nginx.py", "test_postgres.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))


@dataclass
class Site:
    """Two processes of the service, and nginx in front of them with HTTP and HTTPS."""

    nginx: Nginx
    servers: tuple[Server, Server]
    certificate: Path

    def client(self, path: str = "/api/v1", **options: Any) -> httpx.Client:
        """Return a client by HTTPS, of the API by default."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(base_url=f"{self.nginx.secure_url}{path}", verify=context, **options)

    def new_person(self) -> tuple[str, str]:
        """Register somebody; return the name and an access token."""
        credentials = {"username": new_name(), "password": PASSWORD}
        with self.client() as client:
            client.post("/auth/register", json=credentials).raise_for_status()
            return credentials["username"], client.post("/auth/login", json=credentials).json()["token"]


@pytest.fixture(scope="session")
def static_files() -> Iterator[Path]:
    """What the image's `collectstatic` makes."""
    with open_place() as place:
        command = [sys.executable, "manage.py", "collectstatic", "--noinput"]
        environment = {**os.environ, "STATIC_ROOT": str(place), "APP_ENV": "production"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        yield place


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, static_files: Path) -> Iterator[Site]:
    """The whole of it, shared by tests that only talk to it."""
    directory = tmp_path_factory.mktemp("site")
    with open_place() as place:
        certificate = make_certificate(place)
        deployed = {
            "APP_ENV": "production",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "STATIC_ROOT": str(static_files),
            "EMAIL_URL": f"filemail:///{directory}/mail",
        }
        with (
            running_server(directory, APP_SOCKET=f"{place}/app-1.sock", **deployed) as first,
            running_server(
                directory, APP_SOCKET=f"{place}/app-2.sock", **deployed, DATABASE_URL=first.environment["DATABASE_URL"]
            ) as second,
            running_nginx(place, APPLICATIONS="app-1 app-2", STATIC_DIRECTORY=str(static_files)) as nginx,
        ):
            yield Site(nginx, (first, second), certificate)
