"""Release files: what is written is what is built, and nothing else is read."""

import hashlib
import json
import pickle

import pytest
import torch
from safetensors.torch import save_file

from fcsrlib.errors import CheckpointError, FCSRError
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import (
    METADATA_KEY,
    build_release,
    pack_release,
    read_release,
    write_release,
)
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
