"""What a person who runs the embedded parts can meet, said in one line."""


class EmbeddedError(Exception):
    """Says in one line what is wrong and what to do about it; the command line shows it without a stack trace."""


class PartEnded(EmbeddedError):
    """A part ended although nobody stopped it."""


class PortTaken(PartEnded):
    """A part ended because somebody else listens on its port."""


class NotReady(EmbeddedError):
    """A part runs but did not become ready in time."""
