"""Code on the pages runs: Python blocks for real, command lines as far as their parsers."""

import argparse
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from fcsrlib.cli.command import make_parser

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.M | re.S)
# The tutorial has a test of its own that follows it to the letter.
PAGES = [
    page
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    if page.name != "writing_plugins.md"
]
COMMANDS = [
    pytest.param(command, id=f"{page.stem}: {command}")
    for page in PAGES
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))
    if kind == "sh"
    for command in text.replace("\\\n", " ").splitlines()
    if command.strip() and not command.startswith("#")
]


def has_python(page):
    return any(kind == "python" for kind, _ in BLOCK.findall(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", [*filter(has_python, PAGES)], ids=lambda page: page.stem)
def test_python_blocks_run_in_order_in_one_namespace(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__page__"}
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        if block[1] == "python":
            line = text.count("\n", 0, block.start())
            exec(compile("\n" * (line + 1) + block[2], str(page), "exec"), namespace)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_lines_are_accepted(command, monkeypatch):
    words = shlex.split(command, comments=True)
    if words[0] == "./run":
        words = follow_run(words[1:])
    tools = [place for place, word in enumerate(words) if word.startswith("tools/")]
    if tools:
        parse_tool_line(words[tools[0] :], monkeypatch)
    elif words[:1] == ["fcsr"]:
        make_parser().parse_args(words[1:])
    else:
        assert not words or words[0] in ("pip", "python", "."), f"nobody checks '{command}'"


def follow_run(words):
    """Return the command that ``./run`` makes of its arguments."""
    job, *arguments = words
    assert re.search(rf"\b{job}\b.*\) setup ;;", (ROOT / "run").read_text(encoding="utf-8"))
    if job == "exec":
        return arguments
    if job != "train":
        return []
    if not arguments or arguments[0].startswith("-"):
        arguments.insert(0, "configs/fcsr/pconv_fsrnet_x8.py")
    return ["tools/train.py", *arguments]


def parse_tool_line(words, monkeypatch):
    """Run a tool up to its parser, which must accept the line."""
    for word in words:
        if word.startswith(("configs/", "tools/")):
            assert (ROOT / word).is_file(), f"there is no {word}"
    parse_args = argparse.ArgumentParser.parse_args

    def parse_and_stop(parser, *arguments):
        parse_args(parser, *arguments)
        raise SystemExit("parsed")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit, match="parsed"):
        runpy.run_path(str(ROOT / words[0]), run_name="__main__")
