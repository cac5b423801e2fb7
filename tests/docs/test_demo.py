"""docs/demo.md: flags, labels and numbers are the code's."""

import argparse
import re
from pathlib import Path

import pytest

from fcsrlib.cli import demo
from fcsrlib.demo.answers import MAX_SHOWN_PX
from fcsrlib.demo.photo import MAX_PIXELS
from fcsrlib.inference.photo.plan import ENLARGEMENTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "demo.md").read_text(encoding="utf-8")


def test_every_flag_is_named():
    commands = argparse.ArgumentParser().add_subparsers()
    demo.add_parser(commands)
    found = [one.option_strings[0] for one in commands.choices["demo"]._actions]
    table = PAGE.split("| flag | meaning |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(--[\w-]+)` \|", table, re.M) == [one for one in found if one != "-h"]
    assert f"default {demo.DEFAULT_PORT}; 0 is any" in PAGE


def test_the_limits_are_the_codes():
    assert f"more than {MAX_PIXELS // 10**6} megapixels" in PAGE
    assert f"at most {MAX_SHOWN_PX} px a side" in PAGE
    assert "{}, {}, {} or {} times".format(*ENLARGEMENTS) in PAGE


def test_what_the_page_calls_its_parts_is_what_the_docs_call_them():
    pytest.importorskip("gradio", reason="gradio is not installed")
    from fcsrlib.demo import page

    source = Path(page.__file__).read_text(encoding="utf-8")
    table = PAGE.split("| on the page | meaning |")[1].split("\n\n")[0]
    cells = re.findall(r"^\| ([A-Z].*?) \|", table, re.M)
    names = [name for cell in cells for name in cell.split(", ")]
    assert len(names) == 7
    for name in names:
        assert f'"{name}' in source, name


def test_the_picture_is_small():
    assert (DOCS / "figures" / "demo.png").stat().st_size < 150_000
