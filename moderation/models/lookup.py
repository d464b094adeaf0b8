"""What stands in the admin for messages."""

from typing import ClassVar

from moderation.models.cases import Case


class LookUp(Case):
    """An anchor for pages about messages, which are in no table of SQL: nobody asks for its rows.

    The permissions that its pages need stand on `Case`, by which they are known everywhere.
    """

    class Meta:
        proxy = True
        default_permissions: ClassVar = ()
        verbose_name = verbose_name_plural = "message look-up"
