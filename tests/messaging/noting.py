"""Statements for steps of the schema that tell how often they ran."""


def note(name: str, *lines: object) -> str:
    """Return statements that add a line each: not repeatable, so that a test sees whether one was repeated."""
    return "".join(f"UPDATE ran SET lines = lines + ['{line}'] WHERE name = '{name}';\n" for line in lines)
