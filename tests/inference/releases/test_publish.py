"""From a trained checkpoint to a release file and its card."""

import hashlib
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.inference.releases import publish as module
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.network import _make
from fcsrlib.inference.releases.publish import publish, read_card
from fcsrlib.inference.releases.release_file import build_release, read_release
from fcsrlib.models import FCSRGAN, FacePriorModel
from fcsrlib.plugin import register_plugin, unregister_plugin
from fcsrlib.registry import FACE_PRIORS, FC_BACKBONES, MODELS, SR_BACKBONES
from fcsrlib.testing import toy

TOOL = Path(__file__).parents[3] / "tools" / "release.py"
META = {"iterations": 40, "restores": True}


@pytest.fixture(autouse=True)
def toys():
    register_plugin(toy, "toys")
    yield
    unregister_plugin("toys")


def make_config(model=None, **changes):
    generator = dict(type="FCSRGAN", generator=dict(fc=dict(type="ToyFC"), sr=dict(type="ToySR")))
    stages = [dict(name="joint", iters=40, train=["fc", "sr"])]
    return Config(
        dict(
            scale=4,
            hr_side=32,
            model=model or generator,
            train_cfg=dict(stages=stages),
            train_dataloader=dict(dataset=dict(pipeline=[])),
            **changes,
        )
    )


@pytest.fixture
def checkpoint(tmp_path):
    """Return the file of a checkpoint whose average is 1 more than its weights."""
    model = FCSRGAN(
        generator=dict(fc=dict(type="ToyFC"), sr=dict(type="ToySR"), scale=4, hr_side=32),
        discriminator=dict(type="ToyDiscriminator"),
    )
    return write_checkpoint(tmp_path / "joint.pth", model, "generator.")


def write_checkpoint(path, model, prefix, **meta):
    state = model.state_dict()
    average = {name: value + 1 for name, value in state.items() if name.startswith(prefix)}
    torch.save({"meta": {**META, **meta}, "state_dict": state, "ema_state_dict": average}, path)
    return path


def test_the_release_is_the_generators_moving_average(tmp_path, checkpoint):
    path = tmp_path / "toy_x4.safetensors"
    published = publish(make_config(), checkpoint, path)
    average = torch.load(checkpoint, weights_only=True)["ema_state_dict"]
    built = build_release(path, sha256=published.model.sha256)
    assert {f"generator.{name}" for name in built.state_dict()} == set(average)
    for name, value in built.state_dict().items():
        torch.testing.assert_close(value, average[f"generator.{name}"], atol=1e-3, rtol=1e-3)
    assert (built.scale, built.hr_side) == (4, 32)


def test_the_row_is_that_of_the_file(tmp_path, checkpoint):
    published = publish(make_config(), checkpoint, tmp_path / "toy_x4.safetensors")
    content = published.path.read_bytes()
    assert published.model.to_row() == {
        "file": "toy_x4.safetensors",
        "kind": "generator",
        "scale": 4,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "url": None,
    }
    assert published.model.name == "toy_x4"


def test_the_file_states_every_default_of_its_parts(tmp_path, checkpoint):
    publish(make_config(), checkpoint, tmp_path / "x.safetensors")
    info, _ = read_release(tmp_path / "x.safetensors")
    assert info.config == {
        "order": "fc_first",
        "fc": {"type": "ToyFC", "channels": 4},
        "sr": {"type": "ToySR", "channels": 4},
        "scale": 4,
        "hr_side": 32,
    }


def test_the_schedule_comes_from_the_config_unless_the_card_has_one(tmp_path, checkpoint):
    path = tmp_path / "x.safetensors"
    publish(make_config(), checkpoint, path, card={"data": "drawn faces"})
    info, _ = read_release(path)
    assert info.card["schedule"]["stages"] == ["joint: 40 iterations, trains fc, sr"]
    assert info.card["schedule"]["iterations of the checkpoint"] == 40
    assert info.card["schedule"]["weights"] == "moving average"
    assert info.card["data"] == "drawn faces"
    publish(make_config(), checkpoint, path, name="other", card={"schedule": "by hand"})
    info, _ = read_release(path)
    assert (info.name, info.card) == ("other", {"schedule": "by hand"})


def test_a_face_prior_is_released_too(tmp_path):
    model = dict(type="FacePriorModel", face_prior=dict(type="ToyFacePrior", num_landmarks=5))
    network = FacePriorModel(face_prior=model["face_prior"])
    checkpoint = write_checkpoint(tmp_path / "prior.pth", network, "face_prior.")
    published = publish(make_config(model), checkpoint, tmp_path / "prior.safetensors")
    info, _ = read_release(published.path)
    assert (info.kind, published.model.scale) == ("face_prior", None)
    assert info.config == {"type": "ToyFacePrior", "num_landmarks": 5, "num_classes": 11}
    built = build_release(published.path)
    torch.testing.assert_close(
        built.head.weight, network.face_prior.head.weight + 1, atol=1e-3, rtol=1e-3
    )


class ToyMask(torch.nn.Module):
    def __init__(self, channels=2):
        super().__init__()
        self.layer = torch.nn.Conv2d(3, channels, 1)


class FindsMasks:
    """Says what a model that finds masks releases."""

    measured = "occlusion"


def test_a_network_that_finds_masks_is_released_too(tmp_path):
    whole = torch.nn.ModuleDict({"occlusion": ToyMask()})
    checkpoint = write_checkpoint(tmp_path / "mask.pth", whole, "occlusion.")
    for part in (ToyMask, FindsMasks):
        MODELS.register_module(module=part)
    try:
        model = dict(type="FindsMasks", occlusion=dict(type="ToyMask"))
        path = publish(make_config(model), checkpoint, tmp_path / "mask.safetensors").path
        built = build_release(path)
    finally:
        for part in (ToyMask, FindsMasks):
            MODELS.module_dict.pop(part.__name__)
    info, _ = read_release(path)
    assert (info.kind, info.config) == ("mask", {"type": "ToyMask", "channels": 2})
    torch.testing.assert_close(
        built.layer.bias, whole["occlusion"].layer.bias + 1, atol=1e-3, rtol=1e-3
    )


def test_a_model_that_says_nothing_is_not_released(tmp_path, checkpoint):
    config = make_config(dict(type="FacePreprocessor"))
    with pytest.raises(ConfigError, match="measures None; released are generator, face_prior"):
        publish(config, checkpoint, tmp_path / "x.safetensors")


def test_a_file_beyond_the_limit_is_not_written(tmp_path, checkpoint, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(CheckpointError, match=r"would have .* bytes, more than 1,000"):
        publish(make_config(), checkpoint, tmp_path / "x.safetensors")
    assert list(tmp_path.glob("x.*")) == []


def test_a_checkpoint_whose_sr_never_learned_is_refused(tmp_path, checkpoint):
    stored = torch.load(checkpoint, weights_only=True)
    stored["meta"]["restores"] = False
    torch.save(stored, checkpoint)
    with pytest.raises(CheckpointError, match="was trained at low resolution only"):
        publish(make_config(), checkpoint, tmp_path / "x.safetensors")


def test_a_checkpoint_of_another_model_is_refused(tmp_path, checkpoint):
    model = dict(type="FacePriorModel", face_prior=dict(type="ToyFacePrior"))
    with pytest.raises(CheckpointError, match="holds no weights of face_prior"):
        publish(make_config(model), checkpoint, tmp_path / "x.safetensors")
    wide = make_config()
    wide.model.generator.fc.channels = 8
    with pytest.raises(CheckpointError, match=r"of another shape .* Give the config and options"):
        publish(wide, checkpoint, tmp_path / "x.safetensors")
    assert list(tmp_path.glob("x.*")) == []


def test_a_file_that_no_table_could_name_is_refused(tmp_path, checkpoint):
    with pytest.raises(ConfigError, match="'my model.safetensors' shall be released; expected"):
        publish(make_config(), checkpoint, tmp_path / "my model.safetensors")


def test_parts_that_are_no_names_are_refused(tmp_path, checkpoint):
    config = make_config()
    config.model.generator.sr.type = toy.ToySR
    with pytest.raises(ConfigError, match="sr_backbones: type is .*as they are registered"):
        publish(config, checkpoint, tmp_path / "x.safetensors")


@pytest.mark.parametrize("card", ['{"licence": "free"}', "[1]", "3", "{", "[" * 100_000])
def test_a_card_with_other_keys_is_refused(tmp_path, card):
    path = tmp_path / "card.json"
    path.write_text(card)
    with pytest.raises(ConfigError, match=r"the card"):
        read_card(path)


PARTS = [
    (slot.slot, name)
    for slot in (FC_BACKBONES, SR_BACKBONES, FACE_PRIORS)
    for name in slot.list_names()
    if slot.origins[name] == "fcsrlib"
]


@pytest.mark.parametrize(("slot", "name"), PARTS)
def test_every_part_of_the_library_survives_the_trip_through_json(slot, name):
    """Tuples come back as lists, and defaults as arguments."""
    if slot == "FACE_PRIORS":
        model = dict(type="FacePriorModel", face_prior=dict(type=name))
        kind = "face_prior"
    else:
        fc, sr = (name, "ToySR") if slot == "FC_BACKBONES" else ("ToyFC", name)
        model = dict(type="FCSRGAN", generator=dict(fc=dict(type=fc), sr=dict(type=sr)))
        model["generator"] |= dict(scale=4, hr_side=128)
        kind = "generator"
    config = module._describe_parts(make_config(model), kind)
    with torch.device("meta"):
        info = ReleaseInfo("x", kind, json.loads(json.dumps(config)))
        described = {key: one.shape for key, one in _make(info).state_dict().items()}
        built = {"generator": FCSRGAN, "face_prior": FacePriorModel}[kind](
            **{key: value for key, value in model.items() if key != "type"}
        )
    released = getattr(built, kind).state_dict()
    assert described == {key: one.shape for key, one in released.items()}


def test_the_tool_prints_size_hash_and_row(tmp_path, checkpoint, monkeypatch, capsys):
    config = tmp_path / "toy_x4.py"
    content = make_config().to_dict()
    config.write_text("\n".join(f"{key} = {value!r}" for key, value in content.items()))
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"limits": "drawn faces only"}))
    path = tmp_path / "out" / "toy.safetensors"
    command = [TOOL, config, checkpoint, "-o", path, "--name", "toy", "--card", card]
    monkeypatch.setattr(sys, "argv", list(map(str, command)))
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(TOOL), run_name="__main__")
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"{path.stat().st_size:,} bytes, SHA-256 {digest}" in printed
    row = json.loads(printed.partition("releases.json:")[2])
    assert row["toy"]["sha256"] == digest
    assert "drawn faces only" in path.with_suffix(".md").read_text()
