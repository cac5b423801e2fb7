import os

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fcsrlib.errors import CheckpointError
from fcsrlib.models.weights import load_part_weights, load_state, read_checkpoint, select_state


class Bomb:
    """Creates a file when it is unpickled by a reader that runs what it reads."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Linear(2, 3)


def test_a_checkpoint_of_tensors_and_plain_values_is_read(tmp_path, network):
    path = tmp_path / "a.pth"
    torch.save({"state_dict": network.state_dict(), "meta": {"iterations": 3}}, path)
    stored = read_checkpoint(path)
    assert stored["meta"] == {"iterations": 3}
    assert torch.equal(stored["state_dict"]["weight"], network.weight)


def test_safetensors_are_read(tmp_path, network):
    path = tmp_path / "a.safetensors"
    save_file(network.state_dict(), path)
    assert torch.equal(read_checkpoint(path)["state_dict"]["bias"], network.bias)


@pytest.mark.parametrize("is_zip", [True, False])
def test_a_malicious_file_is_refused_and_does_nothing(tmp_path, is_zip):
    path, trace = tmp_path / "evil.pth", tmp_path / "trace"
    torch.save({"state_dict": {}, "meta": Bomb(trace)}, path, _use_new_zipfile_serialization=is_zip)
    with pytest.raises(CheckpointError, match="evil.pth was refused: .* run code when loaded"):
        read_checkpoint(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)  # the bomb is live
    assert trace.exists()


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint at .*a.pth; check the path"):
        read_checkpoint(tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="is a folder; name one of the checkpoints in it"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_every_truncation_and_any_noise_is_refused(tmp_path, network, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "pth":
        torch.save({"state_dict": network.state_dict()}, path)
    else:
        save_file(network.state_dict(), path)
    whole = path.read_bytes()
    noise = [torch.randint(256, (n,), dtype=torch.uint8).numpy().tobytes() for n in range(0, 90, 7)]
    heads = [bytes([128, 2]) + one for one in noise]  # begin as a pickle does
    cuts = [whole[:length] for length in range(0, len(whole) - 1, max(len(whole) // 40, 1))]
    for content in (*cuts, *noise, *heads):
        path.write_bytes(content)
        with pytest.raises(CheckpointError):
            read_checkpoint(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "list.pth"
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match="list.pth holds list; expected a dict"):
        read_checkpoint(path)


def test_a_state_is_loaded_whole_or_not_at_all(network):
    before = network.weight.detach().clone()
    state = {"weight": torch.ones(3, 2), "bias": torch.ones(4), "extra": torch.ones(1)}
    message = (
        r"a.pth is of another network than Linear as configured: 1 unexpected \(extra\); 1 of "
        r"another shape \(bias is \(4,\), expected \(3,\)\); give the config"
    )
    with pytest.raises(CheckpointError, match=message):
        load_state(network, state, "a.pth")
    with pytest.raises(CheckpointError, match=r"1 missing \(bias\)"):
        load_state(network, {"weight": torch.ones(3, 2)}, "a.pth")
    with pytest.raises(CheckpointError, match=r"1 missing \(bias\)"):
        load_state(network, {"weight": torch.ones(3, 2), "bias": 7}, "a.pth")
    assert torch.equal(network.weight, before)
    load_state(network, {"weight": torch.ones(3, 2), "bias": torch.zeros(3)}, "a.pth")
    assert torch.equal(network.weight, torch.ones(3, 2))


def test_averaged_weights_are_preferred_where_there_are_any():
    one, two, three = torch.ones(1), torch.ones(2), torch.ones(3)
    stored = {
        "state_dict": {"generator.a": one, "generator.b": one, "discriminator.c": three},
        "ema_state_dict": {"generator.a": two},
    }
    assert select_state(stored, "generator.") == {"a": two, "b": one}
    assert select_state(stored, "generator.", ema=False) == {"a": one, "b": one}
    assert select_state({"a": one, "note": "x"}) == {"a": one}


def test_a_section_that_is_no_dict_is_refused():
    with pytest.raises(CheckpointError, match="state_dict is list, not a dict"):
        select_state({"state_dict": [1]})
    with pytest.raises(CheckpointError, match="ema_state_dict is int, not a dict"):
        select_state({"state_dict": {}, "ema_state_dict": 1})


@pytest.mark.parametrize("prefix", ["", "face_prior."])
def test_a_part_is_loaded_from_its_own_file_or_a_whole_checkpoint(tmp_path, network, prefix):
    path = tmp_path / "a.pth"
    state = {f"{prefix}{name}": tensor for name, tensor in network.state_dict().items()}
    if prefix:
        state["generator.weight"] = torch.zeros(9)
    torch.save({"state_dict": state}, path)
    other = nn.Linear(2, 3)
    load_part_weights(other, path, "face_prior")
    assert torch.equal(other.weight, network.weight)
    with pytest.raises(CheckpointError, match="a.pth is of another network than Conv2d"):
        load_part_weights(nn.Conv2d(1, 1, 1), path, "face_prior")
