"""What gunicorn calls."""

import os
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.core.wsgi import get_wsgi_application

from chatsystem.limits import MAX_FORM_BYTES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsystem.settings")
django_application = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Serve a request. A chunked body, which Django takes for none, gets the length that it turns out to have."""
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked" and environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(MAX_FORM_BYTES + 1)  # one more than anything takes: enough to be refused
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    return django_application(environ, start_response)
