"""docs/evaluation.md: protocols, flags, files and the paper's numbers are the code's."""

import argparse
import re
import runpy
from pathlib import Path

import pytest

from fcsrlib.evaluation.identification.options import TuneOptions
from fcsrlib.evaluation.layouts import format_figure
from fcsrlib.evaluation.protocols import PROTOCOLS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.split("## Flags")[0], re.M))


def test_every_protocol_has_a_row():
    assert list(ROWS) == list(PROTOCOLS)


@pytest.mark.parametrize("name", ["table3", "table4"])
def test_the_papers_numbers_are_those_of_the_code(name):
    paper = PROTOCOLS[name].paper
    psnr, mssim = (
        format_figure(metric, paper[metric]["mean"], paper[metric]["std"])
        for metric in ("psnr", "mssim")
    )
    assert f"{psnr} dB, MSSIM {mssim}" in ROWS[name]


def test_every_flag_is_named(monkeypatch):
    found = []

    def note_and_stop(parser, *_):
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                found.extend(action.option_strings or [action.dest])
        raise SystemExit("noted")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", note_and_stop)
    with pytest.raises(SystemExit, match="noted"):
        runpy.run_path(str(ROOT / "tools" / "evaluate.py"), run_name="__main__")
    flags = PAGE.split("## Flags")[1].split("## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", flags, re.M) == found


def test_the_tools_help_names_every_protocol():
    text = (ROOT / "tools" / "evaluate.py").read_text(encoding="utf-8")
    assert all(name in text for name in PROTOCOLS)


def test_every_key_of_tune_has_a_row_with_its_default():
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.split("| `--tune` | meaning |")[1], re.M)
    )
    for name, default in vars(TuneOptions()).items():
        stated = "3e-4" if name == "lr" else str(default)
        assert f"default {stated}" in rows[name]
    assert TuneOptions().lr == 3e-4
