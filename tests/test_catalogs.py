"""Translations are whole, fit what they translate, and are compiled."""

import pytest

from tests.catalogs import PATHS, forms, holes, load, marked, mo, po, untranslated, updated


@pytest.fixture(params=PATHS)
def language(request):
    return request.param


def test_every_text_that_is_marked_is_in_the_catalog_and_no_other(language):
    catalog = load(PATHS[language])
    kept = {(message.id, message.context) for message in catalog if message.id}
    texts = {(text, context) for _, text, context in marked()}
    assert sorted(map(str, texts - kept)) == [], "run `make messages` and translate what is new"
    assert sorted(map(str, kept - texts)) == [], "run `make messages`"


def test_every_text_is_translated(language):
    assert [message.id for message in untranslated(load(PATHS[language]))] == []


def test_translations_have_the_same_values_and_tags_in_them_as_their_texts(language):
    for message in load(PATHS[language]):
        if message.id:
            wanted = holes(message.id if isinstance(message.id, str) else message.id[1])
            for form in forms(message):
                assert holes(form) == wanted, message.id


def test_the_compiled_catalog_is_what_the_readable_one_makes(language):
    path = PATHS[language]
    assert path.with_suffix(".mo").read_bytes() == mo(load(path)), "run `make messages`"


def test_bringing_a_catalog_up_to_date_again_changes_nothing(language):
    path = PATHS[language]
    assert po(updated(language, path)) == path.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "There is nothing at this address.",  # of an error's class
        "You can block {limit:,} people at most.",  # of one with a value
        "A message must have more in it than white space.",  # of a service, by InvalidPayload.of
        "tries to log in with this name",  # of a policy
        "Skip to the content",  # of a template
        ("%(count)s session is ended.", "%(count)s sessions are ended."),  # with a plural
    ],
)
def test_texts_are_found_wherever_pages_get_them_from(text):
    assert text in {found for _, found, _ in marked()}
