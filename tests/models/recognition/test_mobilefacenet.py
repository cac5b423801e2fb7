import pytest
import torch

from fcsrlib.errors import CheckpointError, ContractError
from fcsrlib.losses import FaceEmbedding
from fcsrlib.metrics import IdentitySimilarity
from fcsrlib.models.recognition import Embedder, MobileFaceNet, MobileFaceNetEmbedder
from fcsrlib.registry import MODELS


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return MobileFaceNet()


def test_it_embeds_face_and_mirrored_face_as_one_unit_vector(network):
    embedder = MobileFaceNetEmbedder(network)
    faces = torch.rand(2, 3, 128, 128)
    vectors = embedder.embed(faces, torch.rand(2, 81, 2))
    assert isinstance(embedder, Embedder)
    assert vectors.dtype == torch.float32 and not vectors.requires_grad
    assert torch.equal(vectors, FaceEmbedding(network)(faces, with_mirror=True))
    assert torch.equal(vectors, embedder.embed(faces))


def test_values_outside_zero_to_one_are_read_as_black_and_white(network):
    embedder = MobileFaceNetEmbedder(network)
    faces = torch.rand(1, 3, 128, 128) * 2 - 0.5
    assert torch.equal(embedder.embed(faces), embedder.embed(faces.clamp(0, 1)))


def test_the_identity_metric_builds_it_by_name(tmp_path, network):
    torch.save(network.state_dict(), tmp_path / "net.pt")
    config = dict(type="MobileFaceNetEmbedder", weights=str(tmp_path / "net.pt"))
    metric = IdentitySimilarity(embedder=config, device="cpu")
    faces = torch.rand(2, 3, 128, 128)
    scores = metric.score(faces, {"hr_target": faces})["identity"]
    assert scores.tolist() == pytest.approx([1, 1], abs=1e-6)
    assert "MobileFaceNetEmbedder" in metric.protocol


def test_bad_files_and_faces_are_refused(tmp_path, network):
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*none.pt"):
        MODELS.build(dict(type="MobileFaceNetEmbedder", weights=str(tmp_path / "none.pt")))
    with pytest.raises(ContractError, match=r"expects RGB \(N, 3, S, S\)"):
        MobileFaceNetEmbedder(network).embed(torch.rand(1, 3, 112, 96))
