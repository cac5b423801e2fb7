"""Networks as ONNX files: equal to PyTorch, described, whole or not there."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from fcsrlib.errors import (
    CheckpointError,
    ConfigError,
    ContractError,
    FCSRError,
    MissingExtraError,
)
from fcsrlib.inference.onnx import export as onnx_export
from fcsrlib.inference.onnx import packages
from fcsrlib.inference.onnx.export import export_onnx
from fcsrlib.inference.onnx.runtime import open_session
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.integrity import digest_file
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.models import FCSRGenerator
from fcsrlib.registry import FACE_PRIORS, MODELS

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

SWIFT_FC = dict(type="SwiftFC", widths=(4, 4), num_blocks=(1, 1))
SRRESNET = dict(type="SRResNet", channels=16, num_blocks=1)
# Every FC and SR backbone stands in one of them.
COMPOUNDS = {
    "PConvUNet + SRResNet": dict(
        fc=dict(type="PConvUNet", depth=2, base_channels=4), sr=dict(SRRESNET, channels=4)
    ),
    "GFC + SwiftSR": dict(
        fc=dict(type="GFC", lr_side=16, num_pools=2, base_channels=2),
        sr=dict(type="SwiftSR", widths=(4, 4), num_blocks=(1, 1), tail=(4, 4), num_tail_blocks=1),
    ),
    "SwiftFC + FSRNet": dict(
        fc=SWIFT_FC,
        sr=dict(
            type="FSRNet",
            channels=4,
            prior_channels=4,
            num_landmarks=3,
            num_classes=3,
            num_hourglasses=1,
            hourglass_depth=1,
            num_fine_blocks=1,
        ),
    ),
}
OTHERS = {
    "face_prior": dict(
        type="CompactPrior", num_landmarks=5, num_classes=3, channels=(4,) * 4, head_channels=4
    ),
    "mask": dict(type="MaskNet", channels=(4,) * 4, num_blocks=(1,) * 4, edge_channels=4),
}


@pytest.mark.parametrize("name", COMPOUNDS)
def test_every_backbone_is_exported_equal_to_pytorch(name, tmp_path, write_generator, feed):
    from fcsrlib.inference import build_release

    path = write_generator(tmp_path, **COMPOUNDS[name])
    exported = export_onnx(path, tmp_path / "toy.onnx")
    assert exported.difference < 1e-5
    fed = feed(3)
    session = open_session(exported.path.read_bytes())
    outputs = ["hr_restored", "lr_composite"]
    found = session.run(outputs, fed)
    with torch.no_grad():
        expected = build_release(path)(*map(torch.from_numpy, fed.values()))
    np.testing.assert_allclose(found[0], expected.hr_restored.numpy(), atol=1e-5)
    np.testing.assert_allclose(found[1], expected.lr_composite.numpy(), atol=1e-5)
    named = [port.name for port in session.get_outputs()]
    assert named == outputs + ["hr_coarse"] * ("FSRNet" in name)


@pytest.mark.parametrize("kind", OTHERS)
def test_face_priors_and_mask_networks_are_exported_too(kind, tmp_path):
    torch.manual_seed(0)
    network = (FACE_PRIORS if kind == "face_prior" else MODELS).build(dict(OTHERS[kind])).eval()
    path = tmp_path / "toy.safetensors"
    write_release(path, network.half().state_dict(), ReleaseInfo("toy", kind, OTHERS[kind]))
    exported = export_onnx(path, tmp_path / "toy.onnx")
    image = torch.rand(3, 3, 128, 128)
    session = open_session(exported.path.read_bytes())
    found = session.run(None, dict(image=image.numpy()))
    with torch.no_grad():
        expected = network.float()(image)
    pairs = [("mask_logits", expected)]
    if kind == "face_prior":
        pairs = [("landmarks", expected.landmarks), ("parsing", expected.parsing)]
    assert [port.name for port in session.get_outputs()] == [name for name, _ in pairs]
    for one, (_, other) in zip(found, pairs, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-4)


def test_the_file_says_what_it_is(wide):
    path, exported = wide
    session = open_session(exported.path.read_bytes())
    meta = session.get_modelmeta().custom_metadata_map
    assert (meta["name"], meta["kind"], meta["storage"]) == ("toy_x8", "generator", "float32")
    assert (meta["scale"], meta["lr_side"], meta["hr_side"]) == ("8", "16", "128")
    assert meta["source_sha256"] == digest_file(path)
    assert meta["terms"] == "For tests only."
    assert json.loads(meta["card"])["limits"] == ["It was never trained."]
    assert json.loads(meta["ports"])["hole_mask"] == "1 = missing, 0 = visible"
    shapes = {port.name: port.shape for port in [*session.get_inputs(), *session.get_outputs()]}
    assert shapes == {
        "lr_masked": ["batch", 3, 16, 16],
        "hole_mask": ["batch", 1, 16, 16],
        "hr_restored": ["batch", 3, 128, 128],
        "lr_composite": ["batch", 3, 16, 16],
    }


def test_the_file_holds_no_path_of_this_machine(wide):
    content = wide[1].path.read_bytes()
    assert b"site-packages" not in content
    assert b"fcsrlib/models" not in content


def test_float16_halves_the_weights_and_changes_nothing_a_release_holds(wide, tmp_path):
    path, whole = wide
    half = export_onnx(path, tmp_path / "half.onnx", storage="float16")
    assert half.size < 0.75 * whole.size
    assert half.difference < 1e-4


def test_a_file_that_differs_from_pytorch_is_not_written(wide, tmp_path, monkeypatch):
    monkeypatch.setitem(onnx_export.BOUNDS, "float32", -1.0)
    with pytest.raises(ContractError, match="toy_x8 .* differs from PyTorch by .*Nothing was"):
        export_onnx(wide[0], tmp_path / "toy.onnx")
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_is_exported_with_its_config(tmp_path, feed):
    config = tmp_path / "config.py"
    base = Path(__file__).parents[3] / "configs" / "swift" / "swift_psnr_x8.py"
    sr = COMPOUNDS["GFC + SwiftSR"]["sr"]
    config.write_text(
        f"_base_ = [{str(base)!r}]\nmodel = dict(generator=dict(fc={SWIFT_FC!r}, sr={sr!r}))\n"
    )
    torch.manual_seed(0)
    network = FCSRGenerator(fc=SWIFT_FC, sr=sr, scale=8)
    torch.save({"state_dict": network.state_dict()}, tmp_path / "mine.pth")
    exported = export_onnx(tmp_path / "mine.pth", tmp_path / "mine.onnx", config=config)
    session = open_session(exported.path.read_bytes())
    assert session.get_modelmeta().custom_metadata_map["name"] == "mine"
    fed = feed(1)
    found = session.run(None, fed)
    with torch.no_grad():
        expected = network.eval()(*map(torch.from_numpy, fed.values())).hr_restored
    np.testing.assert_allclose(found[0], expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(path="toy.pb"), ConfigError, "expected a name that ends in .onnx"),
        (dict(path="there.onnx"), ConfigError, "is there already; .* --force"),
        (dict(path="there.onnx/toy.onnx"), FCSRError, "no folder that may be changed"),
        (dict(path="a.onnx", storage="int4"), ConfigError, "expected one of float32, float16"),
        (dict(path="a.onnx", calibrate="faces"), ConfigError, "only int8 needs them"),
        (dict(path="a.onnx", model="swift_x9"), CheckpointError, "is no file and no released"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_work(
    options, error, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.onnx").write_bytes(b"mine")
    with pytest.raises(error, match=message):
        export_onnx(**{"model": "absent.safetensors", **options})
    assert (tmp_path / "there.onnx").read_bytes() == b"mine"


def test_force_replaces_a_file(wide, tmp_path):
    (tmp_path / "toy.onnx").write_bytes(b"old")
    exported = export_onnx(wide[0], tmp_path / "toy.onnx", force=True)
    assert exported.path.read_bytes() == wide[1].path.read_bytes()


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "PACKAGES", ("no_such_package",))
    with pytest.raises(MissingExtraError, match=r"pip install 'fcsrlib\[export\]'"):
        export_onnx("absent.safetensors", tmp_path / "toy.onnx")
