"""docs/data.md names every command and flag of tools/prepare_data.py, and every codec."""

import argparse
import re
import runpy
from pathlib import Path

import pytest

from fcsrlib.data.pack_file import ARRAYS, CODECS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## Preparing data\n")[1].split("\n## ")[0]
PACKS = PAGE.split("\n## Packs\n")[1].split("\n## ")[0]


def read_rows(text, first):
    """Return the cells of the table whose first column is called ``first``."""
    table = re.search(rf"^\| {first} \|.*?\n(?!\|)", text, re.M | re.S)[0]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]


@pytest.fixture(scope="module")
def arguments():
    """Return command → names of its arguments, without running the tool."""
    found = {}

    def note_and_stop(parser, *_):
        (commands,) = (
            one for one in parser._actions if isinstance(one, argparse._SubParsersAction)
        )
        for name, command in commands.choices.items():
            found[name] = {
                (action.option_strings or [action.dest])[0]
                for action in command._actions
                if not isinstance(action, argparse._HelpAction)
            }
        raise SystemExit("noted")

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit, match="noted"):
        patch.setattr(argparse.ArgumentParser, "parse_args", note_and_stop)
        runpy.run_path(str(ROOT / "tools" / "prepare_data.py"), run_name="__main__")
    return found


def test_every_command_has_a_row_and_an_example(arguments):
    rows = read_rows(SECTION, "command")
    assert [row[0].strip("`") for row in rows] == list(arguments)
    for command in arguments:
        assert f"prepare_data.py {command} " in SECTION


def test_every_flag_is_named_with_the_commands_that_take_it(arguments):
    named = {command: set() for command in arguments}
    for flags, commands, _ in read_rows(SECTION, "flag"):
        exceptions = set(re.findall("`([a-z]+)`", commands))
        takers = exceptions
        if commands.startswith("all"):
            takers = set(arguments) - exceptions
        for command in takers:
            named[command] |= set(re.findall("`([^`]+)`", flags))
    assert named == arguments


def test_every_codec_and_every_array_is_named():
    assert [row[0].strip("`") for row in read_rows(PACKS, "`--codec`")] == list(CODECS)
    assert all(f"`{name}`" in PACKS for name in ARRAYS)
