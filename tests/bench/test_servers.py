"""The two servers that are measured."""

import os

import httpx
import pytest

from bench.servers import serving


@pytest.mark.parametrize("name", ["chatsystem", "bench.floor"])
def test_each_starts_as_in_production_and_answers(name, tmp_path):
    (tmp_path / "page.json").write_bytes(b"[]")
    environment = {
        "APP_ENV": "production",
        "ENV_FILE": os.devnull,
        "PASSWORD_MEMORY": "",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "STATIC_ROOT": str(tmp_path),
        "BENCH_BYTES": str(tmp_path / "page.json"),
    }
    (tmp_path / "staticfiles.json").write_text('{"paths": {}, "version": "1.1", "hash": ""}')
    with serving(f"{name}.wsgi", environment, settings=f"{name}.settings") as server:
        if name == "bench.floor":
            assert httpx.get(f"{server.url}/bare").content == b"[]"
        else:
            assert httpx.get(f"{server.url}/api/v1/health").status_code == 200
