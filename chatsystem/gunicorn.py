"""gunicorn's configuration: `gunicorn -c python:chatsystem.gunicorn chatsystem.wsgi`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from chatsystem import env, metrics_files

env.read_file()

bind = [f"{env.text('APP_HOST', '127.0.0.1')}:{env.integer('APP_PORT', default=8000, minimum=1, maximum=65_535)}"]
if socket := env.text("APP_SOCKET", ""):
    bind.append(f"unix:{socket}")
workers = env.integer("WEB_CONCURRENCY", default=2, minimum=1, maximum=64)
worker_class = "chatsystem.worker.Worker"  # synchronous
timeout = 30  # seconds a worker may take for a request before it's replaced
graceful_timeout = 20  # seconds that requests under way have to end in after SIGTERM
max_requests = 20_000  # a worker is replaced before a leak could matter
max_requests_jitter = 2_000
logger_class = "chatsystem.server_log.ServerLog"
# What `--reload` looks at besides modules: a process keeps these once it has read them.
project = Path(__file__).parent.parent
reload_extra_files = [f"{project}/templates/**/*", f"{project}/locale/**/*.mo"]
control_socket_disable = True  # it would be made in the home directory
# Whose X-Forwarded-Proto says that the browser came by HTTPS.
forwarded_allow_ips = ",".join(map(str, env.networks("FORWARDED_ALLOW_IPS", default=["127.0.0.1", "::1"])))


def on_starting(server: Any) -> None:
    """Refuse an unsafe deployment, before there is a port or a worker; make the directory of metrics."""
    if env.text("APP_ENV", "production") == "production":
        command = [sys.executable, "-m", "chatsystem.start"]
        if subprocess.run(command, check=False).returncode:  # noqa: S603  (a command of our own)
            sys.exit(1)
    metrics_files.create()


def child_exit(server: Any, worker: Any) -> None:
    """Keep what a worker that has ended had counted."""
    metrics_files.fold(worker.pid)


def post_worker_init(worker: Any) -> None:
    """Load all views and connect, so that the first request needn't. An absent Cassandra keeps no worker down."""
    from django.urls import get_resolver

    from chatsystem.metrics import WORKER_STARTS
    from messaging.store.session import warm_up

    WORKER_STARTS.inc()
    get_resolver().url_patterns  # noqa: B018  (asking loads them)
    warm_up()
