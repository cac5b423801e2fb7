"""Small networks in place of the released ones."""

import json

import pytest
import torch

from fcsrlib.demo.models import Models
from fcsrlib.inference.releases import table as release_table
from fcsrlib.inference.restorer import Restorer
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.testing import toy


@pytest.fixture
def loaded():
    """Return the names that :func:`load` was called with."""
    return []


@pytest.fixture
def load(loaded):
    """Return what loads a small network, whose scale is the last digit of its name."""

    def load(name):
        loaded.append(name)
        scale = int(str(name)[-1])
        torch.manual_seed(0)
        generator = FCSRGenerator(fc=toy.ToyFC(), sr=toy.ToySR(scale), hr_side=128, scale=scale)
        return Restorer(generator, device="cpu", dtype="float32")

    return load


@pytest.fixture
def use_table(tmp_path, monkeypatch):
    """Return what writes the table of releases, from names and kinds."""

    def use_table(**kinds):
        rows = {
            name: {
                "file": f"{name}.safetensors",
                "kind": kind,
                "scale": int(name[-1]) if kind == "generator" else None,
                "sha256": "0" * 64,
                "size": 1,
                "url": None,
            }
            for name, kind in kinds.items()
        }
        table = tmp_path / "releases.json"
        table.write_text(json.dumps(rows), encoding="utf-8")
        monkeypatch.setattr(release_table, "TABLE", table)

    return use_table


@pytest.fixture
def models(use_table, load):
    use_table(swift_x4="generator", swift_x8="generator", prior="face_prior")
    return Models(load)
