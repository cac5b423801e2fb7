"""docs/data.md: the kinds of holes, the suffixes and the messages are the code's."""

import ast
import re
from pathlib import Path

import pytest

from fcsrlib.data.image_files import IMAGE_SUFFIXES
from fcsrlib.degradation import HOLE_KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^\| `(.*?)` \|", PAGE.split("## What the errors mean")[1], re.M)


def blank(text):
    """Put @ for what differs from case to case."""
    return re.sub(r"\.\.\.|\d+", "@", text)


@pytest.fixture(scope="module")
def messages():
    """Return every string of the library, its values and numbers blanked."""
    found = []
    for folder in ("data", "degradation", "engine", "preparation"):
        for path in (ROOT / "fcsrlib" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = [getattr(part, "value", "@") for part in node.values]
                    texts = [part if isinstance(part, str) else "@" for part in parts]
                    found.append(blank("".join(texts)))
    return found


def test_every_kind_of_hole_has_a_row():
    section = PAGE.split("## Holes")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.M)) == HOLE_KINDS


def test_every_suffix_is_named():
    assert all(suffix in PAGE for suffix in IMAGE_SUFFIXES)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_messages_are_those_of_the_code(message, messages):
    assert any(blank(message) in one for one in messages), blank(message)
