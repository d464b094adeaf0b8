"""The README's commands, as they stand there."""

import re

from embedded.paths import PROJECT

README = (PROJECT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
CONVERSATION = next(block for block in BLOCKS if "curl" in block)
DEPLOYMENT = next(block for block in BLOCKS if "gunicorn" in block)


def commands_of(block: str) -> list[str]:
    """Return the lines that a reader types."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
