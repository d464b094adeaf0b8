"""gunicorn's configuration: `gunicorn -c python:chatsystem.gunicorn chatsystem.wsgi`."""

from typing import Any

from chatsystem import env

env.read_file()

bind = f"{env.text('APP_HOST', '127.0.0.1')}:{env.integer('APP_PORT', default=8000, minimum=1, maximum=65_535)}"
workers = env.integer("WEB_CONCURRENCY", default=2, minimum=1, maximum=64)
worker_class = "sync"
timeout = 30  # seconds a worker may take for a request before it's replaced
graceful_timeout = 20  # seconds that requests under way have to end in after SIGTERM
max_requests = 20_000  # a worker is replaced before a leak could matter
max_requests_jitter = 2_000
control_socket_disable = True  # it would be made in the home directory


def post_worker_init(worker: Any) -> None:
    """Load all views and connect, so that the first request needn't. An absent Cassandra keeps no worker down."""
    from django.urls import get_resolver

    from messaging.store.session import warm_up

    get_resolver().url_patterns  # noqa: B018  (asking loads them)
    warm_up()
