"""The example plugin, installed by pip into a folder of its own, as a stranger would have it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "plugins" / "fcsrlib-example-sr"
CONFIG = PLUGIN / "configs" / "pconv_example_sr_x8.py"
FEW = (
    "quick.iters.completion=2 quick.iters.restoration=2 quick.iters.joint=2 quick.batch_size=2 "
    "quick.train_images=8 quick.val_images=2 quick.model.face_prior.channels=8"
).split()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs Python in a process that has the plugin installed."""
    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(PLUGIN, source, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    site = tmp_path_factory.mktemp("site")
    install = "-m pip install --quiet --no-deps --no-build-isolation --target".split()
    subprocess.run([sys.executable, *install, str(site), str(source)], check=True)
    path = os.pathsep.join([str(site), str(ROOT)])

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": path},
            cwd=tmp_path_factory.mktemp("elsewhere"),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_it_is_listed_with_its_distribution(run):
    main = "from fcsrlib.cli import main; raise SystemExit(main())"
    listed = json.loads(run("-c", main, "list", "--slot", "SR_BACKBONES", "--json"))
    part = next(part for part in listed["parts"] if part["name"] == "EdgeSR")
    assert part["plugin"] == "example_sr"
    assert part["origin"] == "fcsrlib-example-sr 0.1.0"
    assert listed["failed"] == []


def test_it_passes_its_own_tests(run):
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", PLUGIN / "tests")


@pytest.mark.slow
def test_it_trains_through_every_stage(run, tmp_path):
    work_dir = tmp_path / "run"
    run(ROOT / "tools/train.py", CONFIG, "--work-dir", work_dir, "--quick", "--cfg-options", *FEW)
    assert list(work_dir.rglob("*.pth"))
