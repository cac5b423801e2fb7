"""docs/writing_plugins.md followed to the letter, and checked to name every hook."""

import inspect
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from fcsrlib import testing
from fcsrlib.plugin import hookspecs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing_plugins.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:\*\*`(?P<file>[^`]+)`\*\*\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.S)


def list_blocks(kind):
    return [match for match in BLOCK.finditer(PAGE) if match["kind"] == kind]


def test_the_page_names_every_hook_with_its_arguments_and_its_check():
    for slot, hook in hookspecs.HOOK_OF_SLOT.items():
        arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
        assert f"`{hook}({arguments})` | `{slot}`" in PAGE
    for check in set(testing.__all__) - {"check_part"}:
        assert f"`{check}`" in PAGE


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs commands in an empty folder, in an environment of its own.

    The environment borrows the packages of the running one, so nothing is downloaded and nothing
    is installed where the tests run.
    """
    folder, environment = tmp_path / "empty", tmp_path / "environment"
    folder.mkdir()
    venv.create(environment, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = environment / "lib" / version / "site-packages"
    borrowed = sysconfig.get_path("purelib")
    packages.joinpath("borrowed.pth").write_text(f"{borrowed}\n{ROOT}\n", encoding="utf-8")
    command = environment / "bin" / "fcsr"
    command.write_text('#!/bin/sh\nexec python -m fcsrlib "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    variables = {
        **os.environ,
        "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "FCSRLIB": str(ROOT),
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this one upside down: no isolation
        "PIP_NO_DEPS": "1",
    }
    variables.pop("PYTHONPATH", None)

    def shell(commands):
        done = subprocess.run(
            ["sh", "-euc", commands], cwd=folder, env=variables, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shell.folder = folder
    return shell


@pytest.mark.slow
def test_the_page_leads_from_an_empty_folder_to_training(shell):
    printed = []
    for block in BLOCK.finditer(PAGE):
        if block["file"]:
            (shell.folder / block["file"]).write_text(block["text"], encoding="utf-8")
        elif block["kind"] == "sh":
            printed.append(shell(block["text"]))
    assert len(printed) == 3
    assert re.search(r"TinyFC +tiny_fc", printed[0])
    assert "1 passed" in printed[1]
    assert list((shell.folder / "first_run").rglob("*.pth"))


def test_the_script_without_a_package_works_as_it_stands(shell):
    (script,) = (block["text"] for block in list_blocks("python") if not block["file"])
    answer = shell(
        f"python - <<'END'\n{script}\n"
        "print(sorted(fcsrlib.LOSSES.list_names() + fcsrlib.SR_BACKBONES.list_names()))\nEND\n"
    )
    assert "'MyLoss'" in answer and "'MyIdentity'" in answer
