"""Confirming e-mail addresses."""

from accounts.api import serializers as shapes
from accounts.api.emails import EmailViewSet
from accounts.api.reference.examples import LINK_TOKEN
from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import TEXT

TAG = "E-mail"
TAGS = [{"name": TAG, "description": "An address counts once whoever reads its mail has confirmed it."}]


class ConfirmationSerializer(shapes.Confirmation):
    """What confirming an e-mail address takes."""

    token = Text(help_text="The end of the link's address.")


describe(
    EmailViewSet,
    confirm=endpoint(
        name="confirmEmail",
        tag=TAG,
        summary="Confirm an e-mail address by a link",
        text="The link is good once, within 24 hours.",
        request=ConfirmationSerializer,
        status=204,
        refusals=[errors.LinkInvalid, errors.EmailUnavailable, errors.DatabaseUnavailable],
        faults={"token": TEXT},
        examples=[
            Example("confirmed", "A good link", body={"token": LINK_TOKEN}),
            Example("used", "A link that was used", body={"token": LINK_TOKEN}, answer=errors.LinkInvalid()),
        ],
    ),
)
