"""Two processes of torchrun share a folder of crops."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.models.order import build_generator

ROOT = Path(__file__).parents[2]
PARTS = dict(
    order="fc_first",
    fc=dict(type="PConvUNet", base_channels=4, lr_side=16),
    sr=dict(type="SRResNet", channels=4, num_blocks=1, scale=8),
    scale=8,
    hr_side=128,
)


def test_two_processes_restore_each_file_once(tmp_path):
    torch.manual_seed(0)
    state = build_generator(**PARTS).state_dict()
    write_release(tmp_path / "tiny.safetensors", state, ReleaseInfo("tiny", "generator", PARTS))
    (tmp_path / "in").mkdir()
    for index in range(40):
        pixels = np.full((20, 20, 3), 40 + index, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / f"{index:02}.png")
    ran = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        + ["-m", "fcsrlib", "restore", tmp_path / "in", "-o", tmp_path / "out", "--aligned"]
        + ["--model", tmp_path / "tiny.safetensors", "--device", "cpu", "--batch-size", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    restored = list(map(int, re.findall(r"(\d+) restored", ran.stderr)))
    assert sum(restored) == 40
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{index:02}.png" for index in range(40)
    ]
