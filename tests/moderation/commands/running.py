"""Running commands of operators."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

WHY = ("--reason", "rule 1")


def run(*arguments):
    """What a command prints."""
    output = StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue()


def run_json(*arguments):
    return json.loads(run(*arguments, "--json"))


def refused(*arguments):
    """How a command that can't do its work ends: its exit code and its words."""
    with pytest.raises(CommandError) as ended:
        run(*arguments)
    return ended.value.returncode, str(ended.value)


def refused_json(*arguments):
    output = StringIO()
    with pytest.raises(CommandError) as ended:
        call_command(*map(str, arguments), "--json", stdout=output)
    return ended.value.returncode, json.loads(output.getvalue())["error"]
