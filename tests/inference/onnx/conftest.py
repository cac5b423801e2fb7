"""Release files of small compounds, and one that is traced once for all tests of a file."""

import copy

import pytest
import torch

from fcsrlib.inference.onnx import export as onnx_export
from fcsrlib.inference.onnx.export import export_onnx
from fcsrlib.inference.onnx.graph import trace
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.models.order import build_generator

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

SWIFT_FC = dict(type="SwiftFC", widths=(4, 4), num_blocks=(1, 1))
SRRESNET = dict(type="SRResNet", channels=16, num_blocks=1)


def write(folder, order="fc_first", **parts):
    config = dict(order=order, scale=8, hr_side=128, **parts)
    torch.manual_seed(0)
    network = build_generator(**config)
    card = dict(terms="For tests only.", limits=["It was never trained."])
    path = folder / "toy.safetensors"
    write_release(path, network.state_dict(), ReleaseInfo("toy_x8", "generator", config, card))
    return path


@pytest.fixture(scope="module")
def write_generator():
    """Return a function that writes the release file of a random compound into a folder."""
    return write


@pytest.fixture
def feed():
    """Return a function that makes the inputs of a compound, some of it hidden, by name."""

    def feed(count, side=16):
        lr_masked, hole_mask = make_faces(count, side)
        return dict(lr_masked=lr_masked.numpy(), hole_mask=hole_mask.numpy())

    return feed


def make_faces(count, side=16):
    generator = torch.Generator().manual_seed(1)
    hole_mask = torch.zeros(count, 1, side, side)
    hole_mask[:, :, 3:9, 4:12] = 1
    return torch.rand(count, 3, side, side, generator=generator) * (1 - hole_mask), hole_mask


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """Return the release file of a compound whose convolutions are worth 8 bits, and its export."""
    folder = tmp_path_factory.mktemp("wide")
    path = write(folder, fc=SWIFT_FC, sr=SRRESNET)
    kept = []

    def trace_once(exportable):
        if not kept:
            kept.append(trace(exportable))
        return copy.deepcopy(kept[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_export, "trace", trace_once)
        exported = export_onnx(path, folder / "toy.onnx")
    return path, exported, trace_once


@pytest.fixture
def wide(traced, monkeypatch):
    """Return the same; it is traced, which takes seconds, only once."""
    path, exported, trace_once = traced
    monkeypatch.setattr(onnx_export, "trace", trace_once)
    return path, exported
