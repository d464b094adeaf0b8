"""Why the schema was not brought where it should be. Each ends the command with an exit code of its own."""


class SchemaError(Exception):
    """The base: something is wrong with the steps or with what became of them; the text names the step."""

    exit_code = 3


class InvalidStep(SchemaError):
    """A file or its number is not as it should be. Nothing was done."""


class StepChanged(SchemaError):
    """What was done of a step is no longer what its file says. Nothing was done."""


class NoWayDown(SchemaError):
    """One of the steps that would have to be undone can't be. Nothing was done."""


class StepFailed(SchemaError):
    """Cassandra refused a statement. What came before it is recorded; the next run goes on with it."""


class NodesDisagree(SchemaError):
    """The nodes don't agree on the schema after a change; more changes would make that worse."""


class LockHeld(SchemaError):
    """Somebody else works on the schema, for longer than we were told to wait."""

    exit_code = 4


class LockLost(SchemaError):
    """We stood still for longer than the lock lives, and somebody else may be working now."""

    exit_code = 4
