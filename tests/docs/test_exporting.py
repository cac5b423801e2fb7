"""docs/exporting.md: flags, ports, metadata and bounds are the code's."""

import argparse
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from fcsrlib.cli import export
from fcsrlib.inference.lr_input import make_lr
from fcsrlib.inference.onnx import export as onnx_export
from fcsrlib.inference.onnx.face_inputs import MIN_FACES
from fcsrlib.inference.onnx.int8 import MIN_CHANNELS
from fcsrlib.inference.onnx.ports import MEANINGS, make_exportable
from fcsrlib.models import FCSRGenerator

PAGE = Path(__file__).parents[2].joinpath("docs", "exporting.md").read_text(encoding="utf-8")


def read_table(head):
    """Return the cells of the table whose head begins with ``head``, row by row."""
    rows = PAGE.split(f"| {head} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_every_flag_is_named():
    commands = argparse.ArgumentParser().add_subparsers()
    export.add_parser(commands)
    parser = commands.choices["export"]
    found = [name for one in parser._actions for name in one.option_strings or [one.dest]]
    named = [name for row in read_table("flag") for name in re.findall(r"`(.*?)`", row[0])]
    assert named == [name for name in found if name not in ("-h", "--help")]


def test_inputs_outputs_and_metadata_are_those_of_the_code():
    assert {row[0].strip("`"): row[3] for row in read_table("name")} == MEANINGS
    network = FCSRGenerator(fc=dict(type="SwiftFC"), sr=dict(type="SRResNet", channels=4))
    source = onnx_export._Source(network, "toy", "generator", {}, "0" * 64)
    facts = onnx_export._describe(source, make_exportable(network, "generator"), "float32")
    assert [row[0].strip("`") for row in read_table("key")] == list(facts)


def test_the_bounds_are_those_of_the_code():
    assert f"Above {onnx_export.BOUNDS['float32']:.0e}".replace("e-0", "e-") in PAGE
    assert f"({onnx_export.BOUNDS['float16']:.0e}".replace("e-0", "e-") in PAGE
    assert f"at least {MIN_FACES} aligned faces" in PAGE
    assert f"fewer than {MIN_CHANNELS} channels" in PAGE
    assert f"Below {onnx_export.MIN_INT8_PSNR:g} dB" in PAGE


def test_the_page_prepares_faces_as_the_library_does():
    rng = np.random.default_rng(0)
    code = PAGE.split("from PIL import Image\n")[1].split("\n\nface = ")[0]
    namespace = {"np": np, "Image": pytest.importorskip("PIL.Image")}
    exec(code, namespace)
    face = rng.integers(0, 256, (128, 128, 3), np.uint8)
    hole = np.zeros((128, 128), bool)
    hole[41:77, 30:93] = True
    made = namespace["make_inputs"](face, hole, 16)
    lr_masked, hole_mask = make_lr(face, hole, 16)
    assert torch.equal(torch.from_numpy(made["hole_mask"])[0], hole_mask)
    apart = np.abs(made["lr_masked"][0] - (lr_masked * (1 - hole_mask)).numpy())
    assert apart.max() <= 1.01 / 255
    assert (apart > 1e-6).mean() < 0.01
