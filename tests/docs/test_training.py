"""docs/training.md and getting_started.md name every flag, stage key and tensor of the code."""

import argparse
import dataclasses
import re
import runpy
from pathlib import Path

import pytest

from fcsrlib.engine.distributed import LAUNCHERS
from fcsrlib.models import Stage, step_tensors
from fcsrlib.models.stage import DECAYS, PART_NAMES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def read_names(text, title):
    """Return the names in the first column of the first table below ``title``."""
    section = re.split(rf"^#+ {title}$", text, flags=re.M)[1]
    rows = re.search(r"^\|.*?\n(?!\|)", section, re.M | re.S)[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.fixture
def list_arguments(monkeypatch):
    """Return a function that lists a tool's arguments without running it."""
    found = []

    def note_and_stop(parser, *_):
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                found.extend(action.option_strings or [action.dest])
        raise SystemExit("noted")

    def list_arguments(tool):
        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", note_and_stop)
        with pytest.raises(SystemExit, match="noted"):
            runpy.run_path(str(ROOT / "tools" / tool), run_name="__main__")
        return found

    return list_arguments


def test_every_config_is_named_and_says_what_it_follows():
    configs = [path for path in ROOT.glob("configs/*/*.py") if path.parent.name != "_base_"]
    section = re.split(r"^## \w+$", PAGE, flags=re.M)[1]
    names = {path.relative_to(ROOT / "configs").as_posix() for path in configs}
    named = re.findall(r"`((?:\w+/)?\w+\.py)`", section)
    assert names == {name if "/" in name else f"fcsr/{name}" for name in named}
    for path in configs:
        assert re.match("# (paper|authors-code): ", path.read_text(encoding="utf-8")), path


def test_every_flag_of_the_training_tool_is_named(list_arguments):
    named = [name for name in read_names(PAGE, "Flags") if name == "config" or name[:2] == "--"]
    assert named == list_arguments("train.py")


def test_every_flag_of_the_measuring_tool_is_named(list_arguments):
    page = (ROOT / "docs" / "getting_started.md").read_text(encoding="utf-8")
    assert sorted(read_names(page, "Measuring")) == sorted(list_arguments("test.py"))


def test_every_tensor_of_a_step_is_named_and_no_other():
    assert set(read_names(PAGE, "Tensors")) == step_tensors.ALL_TENSORS


def test_every_key_of_a_stage_is_named():
    assert read_names(PAGE, "Stages") == [field.name for field in dataclasses.fields(Stage)]


@pytest.mark.parametrize("choices", [PART_NAMES, DECAYS, LAUNCHERS])
def test_choices_are_named(choices):
    for choice in choices:
        assert f"`{choice}`" in PAGE
