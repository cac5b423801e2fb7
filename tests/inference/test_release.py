"""Release files: what is written is what is built, and nothing else is read."""

import hashlib
import json
import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fcsrlib.errors import CheckpointError, FCSRError, UnknownComponentError
from fcsrlib.inference.release import (
    METADATA_KEY,
    build_release,
    pack_release,
    read_release,
    write_release,
)
from fcsrlib.inference.release_info import ReleaseInfo
from fcsrlib.models.order import build_generator
from fcsrlib.models.weights import load_state, read_checkpoint, select_state

CONFIG = {
    "order": "fc_first",
    "fc": {"type": "PConvUNet", "base_channels": 4, "max_channels": 8},
    "sr": {"type": "SRResNet", "channels": 4, "num_blocks": 1},
    "scale": 4,
    "hr_side": 64,
}
INFO = ReleaseInfo("tiny", "generator", CONFIG, {"limits": "none known"})


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return build_generator(**CONFIG).eval()


@pytest.fixture
def path(tmp_path, generator):
    path = tmp_path / "tiny.safetensors"
    write_release(path, generator.state_dict(), INFO)
    return path


def restore(generator, dtype=torch.float32):
    torch.manual_seed(1)
    lr_masked, hole_mask = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    with torch.no_grad():
        return generator(lr_masked.to(dtype), hole_mask.to(dtype)).hr_restored


def test_the_built_network_is_the_one_written_but_for_fp16(path, generator):
    built = build_release(path)
    assert not built.training
    for name, value in generator.state_dict().items():
        loaded = built.state_dict()[name]
        expected = value.half().float() if value.is_floating_point() else value
        assert torch.equal(loaded, expected) and loaded.dtype == value.dtype
    torch.testing.assert_close(restore(built), restore(generator), atol=5e-3, rtol=0)


def test_the_file_holds_half_precision_and_integers_as_they_are(path, generator):
    info, state = read_release(path)
    assert info == INFO
    assert {value.dtype for value in state.values()} == {torch.float16, torch.int64}
    assert set(state) == set(generator.state_dict())


def test_values_beyond_half_precision_keep_single_precision(tmp_path):
    state = {"small": torch.ones(2), "large": torch.tensor([1.0, 1e6])}
    write_release(tmp_path / "x.safetensors", state, INFO)
    stored = read_release(tmp_path / "x.safetensors")[1]
    assert stored["small"].dtype == torch.float16
    assert torch.equal(stored["large"], state["large"])


def test_views_and_other_memory_layouts_are_stored_by_value(tmp_path):
    weight = torch.rand(2, 3, 4, 4).half().to(memory_format=torch.channels_last)
    state = {"a": weight, "tied": weight, "part": weight[:, 1]}
    write_release(tmp_path / "x.safetensors", state, INFO)
    stored = read_release(tmp_path / "x.safetensors")[1]
    assert all(torch.equal(stored[name], value) for name, value in state.items())


def test_the_same_content_makes_the_same_file(generator):
    """Safetensors lays out several keys of metadata in another order at every call."""
    files = {pack_release(generator.state_dict(), INFO) for _ in range(8)}
    assert len(files) == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floating_weights_take_the_type_asked_for(path, dtype):
    built = build_release(path, dtype=dtype)
    kinds = {one.dtype for one in built.state_dict().values()}
    assert kinds == {dtype, torch.int64}
    assert restore(built, dtype).dtype == dtype


def test_a_built_network_can_be_trained_further(path):
    built = build_release(path)
    hole_mask = torch.zeros(1, 1, 16, 16)
    built(torch.rand(1, 3, 16, 16), hole_mask).hr_restored.mean().backward()
    assert all(one.requires_grad and not one.is_meta for one in built.parameters())


def test_its_weights_can_be_loaded_as_a_checkpoint_too(path, generator):
    other = build_generator(**CONFIG).eval()
    load_state(other, select_state(read_checkpoint(path)), str(path))
    assert torch.equal(restore(other), restore(build_release(path)))


def test_the_right_hash_is_accepted_and_a_wrong_one_refused(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_release(path, digest.upper())[0] == INFO
    with pytest.raises(CheckpointError, match=f"has SHA-256 {digest}, expected 0000"):
        build_release(path, sha256="0" * 64)


@pytest.mark.parametrize("kept", [0, 4, 8, 9, 200, -1])
def test_a_file_cut_off_anywhere_is_refused(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"fetch it again|does not begin as safetensors do"):
        read_release(path)


def test_a_damaged_header_is_refused(path):
    content = bytearray(path.read_bytes())
    content[20] = 0xFF
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="its header is damaged"):
        read_release(path)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was run",))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_under_another_name_is_refused_unread(tmp_path, protocol):
    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps(Bomb(), protocol))
    with pytest.raises(CheckpointError, match=r"was refused: it is a pickle .*could run code"):
        read_release(path)


def test_a_checkpoint_under_another_name_is_refused_unread(tmp_path):
    path = tmp_path / "model.safetensors"
    torch.save({"state_dict": Bomb()}, path)
    with pytest.raises(CheckpointError, match=r"was refused: it is a pickle"):
        read_release(path)


def test_other_endings_and_absent_files_are_refused(tmp_path):
    torch.save({}, tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match=r"model.pth is no .safetensors file"):
        read_release(tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match="no release file at"):
        read_release(tmp_path / "absent.safetensors")
    with pytest.raises(CheckpointError, match=r"is no .safetensors file"):
        write_release(tmp_path / "model.pth", {}, INFO)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "it says nothing about its network; tools/release.py"),
        ({"other": "1"}, "it says nothing about its network"),
        ({METADATA_KEY: "{"}, "is no release file"),
        ({METADATA_KEY: json.dumps({"format_version": 7})}, "its format is 7 and this library"),
    ],
)
def test_missing_and_malformed_metadata_are_explained(tmp_path, metadata, message):
    path = tmp_path / "model.safetensors"
    save_file({"weight": torch.zeros(1)}, path, metadata)
    with pytest.raises(CheckpointError, match=message):
        read_release(path)


def test_values_that_are_not_finite_are_not_released(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(CheckpointError, match=r"fc\.weight holds values that are not finite"):
        write_release(path, {"fc.weight": torch.tensor([1.0, float("nan")])}, INFO)
    assert not path.exists()


def test_a_malformed_description_is_not_written(tmp_path):
    info = ReleaseInfo("tiny", "generator", {**CONFIG, "scale": 0})
    with pytest.raises(CheckpointError, match="release 'tiny' cannot be written: its scale is 0"):
        write_release(tmp_path / "x.safetensors", {}, info)


def test_a_failed_write_keeps_the_old_file(path, generator, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(FCSRError, match="could not be written: full"):
        write_release(path, {}, INFO)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


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
