"""Networks are rebuilt from a release's description, and from nothing that it could smuggle in."""

import pytest
import torch
from torch import nn

from fcsrlib.errors import CheckpointError, UnknownComponentError
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import build_release, write_release
from fcsrlib.models.order import build_generator

CONFIG = {
    "order": "fc_first",
    "fc": {"type": "PConvUNet", "base_channels": 4, "max_channels": 8},
    "sr": {"type": "SRResNet", "channels": 4, "num_blocks": 1},
    "scale": 4,
    "hr_side": 64,
}


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return build_generator(**CONFIG).eval()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tiny.safetensors"


def write_config(path, state, kind="generator", **change):
    config = {**CONFIG, **change} if kind == "generator" else change
    write_release(path, state, ReleaseInfo("tiny", kind, config))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(fc={"type": "PConvUNett"}), "no 'PConvUNett'. Did you mean PConvUNet?"),
        (dict(sr={"type": "PConvUNet"}), "'PConvUNet' is a part of FC_BACKBONES"),
    ],
)
def test_unknown_parts_are_explained(path, generator, change, message):
    write_config(path, generator.state_dict(), **change)
    with pytest.raises(UnknownComponentError, match=message) as caught:
        build_release(path)
    assert str(caught.value).startswith(str(path))
    assert "install the plugin that brings the part" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(order="backwards"), "order is 'backwards'"),
        (dict(scale=8), "holds no generator that this library can build: .* unexpected"),
        (dict(hr_side=66), "a face of 66 px is not a multiple of scale 4"),
        (dict(sr={"type": "SRResNet", "wings": 2}), "unexpected keyword argument 'wings'"),
        (dict(sr={"type": "SRResNet", "channels": "many"}), "holds no generator"),
        (
            dict(sr={"type": "SRResNet", "channels": 4, "num_blocks": 2}),
            r"20 missing \(sr\.trunk\.1\.body",
        ),
    ],
)
def test_a_config_that_fits_no_weights_is_explained(path, generator, change, message):
    write_config(path, generator.state_dict(), **change)
    with pytest.raises(CheckpointError, match=message) as caught:
        build_release(path)
    assert str(path) in str(caught.value)


def test_a_config_of_a_giant_is_refused_without_its_memory(path, generator):
    write_config(path, generator.state_dict(), sr={**CONFIG["sr"], "channels": 10**6})
    with pytest.raises(CheckpointError, match="of another shape"):
        build_release(path)


def test_integers_in_place_of_weights_are_refused(path, generator):
    state = generator.state_dict()
    name = next(name for name, value in state.items() if value.is_floating_point())
    write_config(path, {**state, name: state[name].long()})
    with pytest.raises(CheckpointError, match=rf"{name} is torch.int64, expected torch.float32"):
        build_release(path)


def test_weights_that_are_no_numbers_are_refused(path, generator):
    write_config(path, generator.state_dict())
    content = path.read_bytes()
    path.write_bytes(content[:-8] + b"\xff" * 8)
    with pytest.raises(CheckpointError, match="not finite: the file is damaged"):
        build_release(path)


def test_a_face_prior_is_built_by_its_slot(tmp_path):
    from fcsrlib.registry import FACE_PRIORS

    config = dict(type="CompactPrior", channels=[4, 4, 8, 8], head_channels=8)
    prior = FACE_PRIORS.build(dict(config)).eval()
    path = tmp_path / "prior.safetensors"
    write_release(path, prior.state_dict(), ReleaseInfo("prior", "face_prior", config))
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected, found = prior(image), build_release(path)(image)
    torch.testing.assert_close(found.landmarks, expected.landmarks, atol=1e-3, rtol=0)


class WithHiddenTensors(nn.Module):
    """Holds what no file does: a buffer outside the state dict and a plain tensor."""

    def __init__(self, width=2):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(width))
        self.register_buffer("table", torch.arange(3.0), persistent=False)
        self.plain = torch.tensor([5.0])


class Contrary(nn.Module):
    """Cannot be built on the meta device."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.full((2,), torch.ones(1).item()))


@pytest.fixture(params=[WithHiddenTensors, Contrary])
def mask_network(request):
    from fcsrlib.registry import MODELS

    MODELS.register_module(module=request.param)
    yield request.param()
    MODELS.module_dict.pop(request.param.__name__)


def test_a_mask_network_is_built_whole_whatever_it_holds(tmp_path, mask_network):
    path = tmp_path / "mask.safetensors"
    config = {"type": type(mask_network).__name__}
    write_release(path, mask_network.state_dict(), ReleaseInfo("mask", "mask", config))
    built = build_release(path)
    assert torch.equal(built.weight, mask_network.weight.half().float())
    if isinstance(mask_network, WithHiddenTensors):
        assert torch.equal(built.table, torch.arange(3.0))
        assert torch.equal(built.plain, torch.tensor([5.0]))


@pytest.mark.parametrize("name", ["os.system", "torch.nn.Linear", "FCSRGANN", "FacePreprocessor."])
def test_a_file_cannot_name_code_to_import(tmp_path, name):
    path = tmp_path / "mask.safetensors"
    write_release(path, {}, ReleaseInfo("mask", "mask", {"type": name}))
    with pytest.raises(UnknownComponentError, match=f"MODELS has no network '{name}'"):
        build_release(path)
