"""The settings. That they can be read at all is shown by our being here."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage

from chatsystem import checks
from chatsystem.doctor.findings import Finding, failed, ok, warning


def examine() -> Iterator[Finding]:
    """What the system checks find in production, and whether there are static files."""
    yield ok(f"APP_ENV is {settings.APP_ENV}")
    if settings.APP_ENV != "production":
        return  # the checks are for what others can reach
    for problem in checks.problems():
        finding = failed if problem.is_serious() else warning
        yield finding(f"{problem.msg.rstrip('.')} ({problem.id})", problem.hint or "")
    storage = staticfiles_storage
    if isinstance(storage, ManifestStaticFilesStorage) and not storage.read_manifest():
        yield failed("the admin's static files aren't collected", "Run manage.py collectstatic --noinput.")
