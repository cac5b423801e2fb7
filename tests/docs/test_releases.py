"""docs/releases.md: flags, keys and fields are the code's."""

import argparse
import dataclasses
import re
import runpy
from pathlib import Path

import pytest

from fcsrlib.inference.releases.info import CARD_KEYS, FORMAT_VERSION, KINDS, ReleaseInfo
from fcsrlib.inference.releases.publish import MAX_BYTES
from fcsrlib.inference.releases.release_file import METADATA_KEY
from fcsrlib.inference.releases.table import ROW_KEYS, read_release_table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")


def read_names(head):
    """Return the names in the first column of the table whose head begins with ``head``."""
    table = PAGE.split(f"| {head} |")[1].split("\n\n")[0]
    return re.findall(r"^\| `([\w-]+)` \|", table, re.M)


def test_every_released_network_is_named():
    assert sorted(read_names("name")) == sorted(read_release_table())


def test_every_flag_of_the_tool_is_named(monkeypatch):
    found = []

    def note_and_stop(parser, *_):
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                found.append(action.option_strings[-1] if action.option_strings else action.dest)
        raise SystemExit("noted")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", note_and_stop)
    with pytest.raises(SystemExit, match="noted"):
        runpy.run_path(str(ROOT / "tools" / "release.py"), run_name="__main__")
    assert read_names("flag") == found


def test_keys_and_fields_are_those_of_the_code():
    assert tuple(read_names("key of the card")) == CARD_KEYS
    assert tuple(read_names("key of a row")) == ROW_KEYS
    assert read_names("field") == [field.name for field in dataclasses.fields(ReleaseInfo)]


def test_kinds_limit_and_format_are_those_of_the_code():
    assert f"{MAX_BYTES // 10**6} MB" in PAGE
    assert f"`{METADATA_KEY}`" in PAGE
    assert f"| `format_version` | {FORMAT_VERSION} |" in PAGE
    kind = re.search(r"^\| `kind` \| (.*) \|$", PAGE, re.M)[1]
    assert re.findall(r"`(\w+)`", kind) == list(KINDS)
