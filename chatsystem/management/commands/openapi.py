"""`manage.py openapi`: see the class."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Writes chatsystem/api/openapi.json, the API's reference, as the code makes it.

    With `--check` it writes nothing, and ends with 1 where the file isn't what the code makes.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options."""
        parser.add_argument("--check", action="store_true", help="compare instead of writing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Do it."""
        try:
            from chatsystem.api.reference.document import PATH, as_text, make_document
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            raise CommandError(f"{package} is missing: install requirements-dev.txt.") from error
        made = as_text(make_document())
        if not check:
            PATH.write_text(made, encoding="utf-8")
        elif not PATH.is_file() or PATH.read_text(encoding="utf-8") != made:
            raise CommandError(f"{PATH.name} isn't what the code makes: run manage.py openapi.")
