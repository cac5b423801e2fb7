"""The wheel holds what users need and nothing else; ./run explains itself."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fcsrlib

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the names in a wheel built from a copy of the project."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "fcsrlib", source / "fcsrlib")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = "-m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir".split()
    subprocess.run([sys.executable, *command, str(folder), str(source)], check=True)
    with zipfile.ZipFile(next(folder.glob("fcsrlib-*.whl"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_every_module_and_data_file(wheel):
    for path in (ROOT / "fcsrlib").rglob("*"):
        is_data = path.name == "py.typed" or path.parent.name in ("weights", "released")
        if path.is_file() and (path.suffix == ".py" or is_data):
            assert path.relative_to(ROOT).as_posix() in wheel


def test_the_wheel_holds_nothing_but_the_library(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"fcsrlib"}
    assert any(name.endswith("LICENSE") for name in wheel)


def test_the_wheel_carries_version_and_command(wheel):
    (entry_points,) = (wheel[name] for name in wheel if name.endswith("entry_points.txt"))
    assert b"fcsr = fcsrlib.cli:main" in entry_points
    assert any(name.startswith(f"fcsrlib-{fcsrlib.__version__}.") for name in wheel)


def test_every_dependency_is_pinned_in_the_constraints():
    pins = {
        re.split(r"[=\s]", line)[0]
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    needed = re.findall(r'^ +"([a-z-]+)(?:>=[\d.]+)?",', setup, re.M)
    assert len(needed) > 10
    assert set(needed) <= pins


def run(*arguments, **variables):
    return subprocess.run(
        ["sh", str(ROOT / "run"), *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )


def make_python(folder, script):
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_run_without_a_job_prints_its_usage():
    assert run().returncode == 2
    assert "usage: ./run train" in run("--help").stdout
    assert run("--help").returncode == 0


def test_run_refuses_an_unknown_job():
    done = run("fly")
    assert done.returncode == 2
    assert "there is no job 'fly'" in done.stderr


def test_run_says_when_python_is_missing(tmp_path):
    done = run("setup", PYTHON="no-such-python", FCSRLIB_VENV=str(tmp_path / "venv"))
    assert done.returncode == 2
    assert "there is no 'no-such-python'; install Python 3.10 or newer" in done.stderr


def test_run_says_when_python_is_too_old(tmp_path):
    script = 'case "$2" in *print*) echo 3.8 ;; *version_info*) exit 1 ;; esac'
    python = make_python(tmp_path, script)
    done = run("setup", PYTHON=python, FCSRLIB_VENV=str(tmp_path / "venv"))
    assert done.returncode == 2
    assert "is Python 3.8; 3.10 or newer is needed" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_run_says_when_venv_is_missing(tmp_path):
    python = make_python(tmp_path, 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.11 ;; esac')
    done = run("setup", PYTHON=python, FCSRLIB_VENV=str(tmp_path / "venv"))
    assert done.returncode == 2
    assert "lacks venv or ensurepip; on Debian and Ubuntu: apt-get install" in done.stderr
