import importlib.util

import numpy as np
import pytest
import torch

from fcsrlib.data import SyntheticFaces
from fcsrlib.errors import MissingExtraError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.identification.dlib_embedder import DlibEmbedder


def test_dlib_without_its_package_names_the_extra(people_pair, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fcsrlib\[identity\]'"):
        evaluate(
            "identification", [people_pair()], out=tmp_path / "out", options={"embedder": "dlib"}
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(
    importlib.util.find_spec("dlib") is None
    or importlib.util.find_spec("face_recognition_models") is None,
    reason="needs the extra identity",
)
def test_dlib_knows_a_drawn_person_again():
    source = SyntheticFaces(num_faces=4, num_identities=2, split="test")
    samples = [source.read(index) for index in range(4)]
    images = torch.from_numpy(np.stack([one["hr_target"] for one in samples])).permute(0, 3, 1, 2)
    landmarks = torch.from_numpy(np.stack([one["landmarks"] for one in samples]))
    vectors = DlibEmbedder().embed(images.float() / 255, landmarks)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(4), atol=1e-5)
    cosine = vectors @ vectors.T
    people = np.array([one["identity"] for one in samples])
    for index in range(4):
        partner = next(
            other for other in range(4) if other != index and people[other] == people[index]
        )
        others = [other for other in range(4) if people[other] != people[index]]
        assert cosine[index, partner] > cosine[index, others].max()
