"""The catalogs of translations below `locale`. `make messages` brings what is marked into them, and compiles them.

All in Python: nobody needs gettext's programs, and a running service reads the compiled file alone.
"""

import inspect
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from chatsystem import errors
from chatsystem.errors import ChatError
from chatsystem.pages.words import TITLES, WORDS
from chatsystem.translatable import Translatable

ROOT = Path(__file__).parent.parent
PATHS = {"de": ROOT / "locale/de/LC_MESSAGES/django.po"}
PACKAGES = ("accounts", "chatsystem", "messaging", "moderation")
ENGLISH_ALONE = {"admin", "api", "doctor", "management"}  # folders of what speaks to programs and operators

# Which arguments are texts to translate, by the name of the function that takes them.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "Translatable": None,
    "of": (3,),  # InvalidPayload.of, InvalidQuery.of
    "Policy": (5,),
}

Text = tuple[str, str | tuple[str, str], str | None]  # where it stands, the text or one and many, its context


def main() -> None:
    """Bring all catalogs up to date and compile them; tell what is still to translate."""
    for language, path in PATHS.items():
        catalog = updated(language, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po(catalog))
        path.with_suffix(".mo").write_bytes(mo(catalog))
        for message in untranslated(catalog):
            print(f"{path}: {message.id!r} is not translated")  # noqa: T201  (a program's output)


def updated(language: str, path: Path) -> Catalog:
    """Return the catalog with exactly the texts that are marked now; translations of others are dropped."""
    catalog = load(path) if path.exists() else new_catalog(language)
    template = Catalog(charset="utf-8")
    for place, text, context in sorted(marked(), key=str):
        template.add(text, locations=[(place, 0)], context=context)
    created = catalog.creation_date
    # Guesses by likeness are wrong more often than right.
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = created  # or each run would change the file
    return catalog


def new_catalog(language: str) -> Catalog:
    """Return an empty catalog, without the names of people that gettext would have at its top."""
    return Catalog(
        locale=language,
        header_comment="# What pages say in another language; see tests/catalogs.py.",
        project="Chat",
        version="1",
        msgid_bugs_address="see CONTRIBUTING.md",
        last_translator="Chat",
        language_team="Chat",
        revision_date=datetime.now(UTC),
        charset="utf-8",
        fuzzy=False,
    )


def load(path: Path) -> Catalog:
    """Return the catalog that a file holds."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def po(catalog: Catalog) -> bytes:
    """Return the catalog as people edit it."""
    file = io.BytesIO()
    write_po(file, catalog, width=120, sort_output=True, include_lineno=False, omit_header=False)
    return file.getvalue()


def mo(catalog: Catalog) -> bytes:
    """Return the catalog as Django reads it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """Return what has no translation yet, in one of its forms at least."""
    texts = [message for message in catalog if message.id]
    return [message for message in texts if message.fuzzy or not all(forms(message))]


def forms(message: Message) -> tuple[str, ...]:
    """Return the translations of a text: one, or one for each plural form."""
    found = message.string or ""
    return (found,) if isinstance(found, str) else tuple(found)


def marked() -> Iterator[Text]:
    """Yield every text that pages can show, from code, templates and the errors' own texts."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not ENGLISH_ALONE & set(path.relative_to(ROOT).parts):
                yield from found(path, path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        # Without its indentation what Django makes of a template can be read as Python.
        lines = templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines()
        yield from found(path, "\n".join(line.strip() for line in lines))
    yield from texts_of_errors()


def found(path: Path, code: str) -> Iterator[Text]:
    """Yield what is marked in Python code."""
    place = path.relative_to(ROOT).as_posix()
    for _, text, _, context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
        if text:
            yield place, (text[0], text[1]) if isinstance(text, tuple) else text, context


def texts_of_errors() -> Iterator[Text]:
    """Yield messages and headings of errors: classes hold them, without a mark, since Django stands above them."""
    for error in errors_below(ChatError):
        place = Path(inspect.getfile(errors)).relative_to(ROOT).as_posix()
        if error.code not in WORDS and not isinstance(error.message, Translatable):
            yield place, error.message, None
        if error.code not in TITLES and error.status not in TITLES:
            yield place, HTTPStatus(error.status).phrase, None


def errors_below(base: type[ChatError]) -> Iterable[type[ChatError]]:
    """Return a class of errors and all that are made of it, in the service's own module."""
    yield base
    for error in base.__subclasses__():
        if error.__module__ == errors.__name__:
            yield from errors_below(error)


def holes(text: str) -> list[str]:
    """Return what is filled into a text, and its tags, in order of the alphabet."""
    return sorted(re.findall(r"%\(\w+\)[sd]|\{\w+(?:[!:][^}]*)?\}|</?\w+[^>]*>", text))


if __name__ == "__main__":
    main()
