"""Names of released weights in a config become paths."""

import hashlib
import json

import pytest
from mmengine.config import Config

from fcsrlib.errors import CheckpointError
from fcsrlib.inference import weights
from fcsrlib.inference.config_weights import locate_config_weights
from fcsrlib.inference.releases import table as release_table


@pytest.fixture
def released(tmp_path, monkeypatch):
    """Return the path of the released model ``toy``."""
    content = b"weights"
    row = {
        "file": "toy.safetensors",
        "kind": "face_prior",
        "scale": None,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "url": None,
    }
    (tmp_path / "releases.json").write_text(json.dumps({"toy": row}))
    (tmp_path / "toy.safetensors").write_bytes(content)
    monkeypatch.setattr(release_table, "TABLE", tmp_path / "releases.json")
    monkeypatch.setattr(weights, "RELEASED", tmp_path)
    return tmp_path / "toy.safetensors"


def test_names_become_paths_and_paths_stay(released, tmp_path):
    own = tmp_path / "joint.pth"
    own.write_bytes(b"")
    model = dict(generator_weights=str(own), face_prior=dict(type="CompactPrior", weights="toy"))
    config = locate_config_weights(Config(dict(model=model)))
    assert config.model.generator_weights == str(own)
    assert config.model.face_prior.weights == str(released)


@pytest.mark.parametrize("model", [dict(), dict(face_prior=None), dict(face_prior=dict(type="A"))])
def test_a_config_without_weights_stays_as_it_is(model):
    assert locate_config_weights(Config(dict(model=model))).model == model


def test_weights_that_are_nowhere_are_named(released):
    model = dict(face_prior=dict(type="CompactPrior", weights="toi"))
    with pytest.raises(CheckpointError, match="'toi' is no file .* did you mean toy"):
        locate_config_weights(Config(dict(model=model)))
