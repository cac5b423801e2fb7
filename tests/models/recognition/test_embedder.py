import pytest
import torch

from fcsrlib.errors import CheckpointError, ContractError
from fcsrlib.models.recognition import Embedder, LightCNN9, LightCNNEmbedder
from fcsrlib.models.recognition.embedder import to_gray_faces
from fcsrlib.registry import MODELS


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return LightCNN9(embedding=8, num_identities=3).eval()


@pytest.fixture(scope="module")
def embedder(network):
    return LightCNNEmbedder(network)


def test_vectors_are_those_of_the_network_at_length_one(embedder, network):
    faces = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    vectors = embedder.embed(faces)
    raw = network(to_gray_faces(faces)).detach()
    assert isinstance(embedder, Embedder)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2))
    assert torch.allclose(vectors * raw.norm(dim=1, keepdim=True), raw, atol=1e-6)
    assert not vectors.requires_grad


def test_gray_of_known_colours():
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [2, 2, 2]])
    gray = to_gray_faces(colours[..., None, None].expand(4, 3, 128, 128))
    assert gray.shape == (4, 1, 128, 128)
    assert gray[:, 0, 5, 5].tolist() == pytest.approx([0.299, 0.587, 0.114, 1])


def test_faces_of_another_size_are_resized_as_a_whole():
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    gray = to_gray_faces(ramp)[0, 0]
    assert gray.shape == (128, 128)
    assert torch.allclose(gray[0, 2:-2].diff(), torch.full((123,), 1 / 126), atol=1e-5)


def test_a_file_with_a_classifier_is_loaded_by_name(tmp_path, network, embedder):
    torch.save({"state_dict": network.state_dict()}, tmp_path / "light.pth")
    config = dict(type="LightCNNEmbedder", weights=str(tmp_path / "light.pth"), embedding=8)
    faces = torch.rand(1, 3, 128, 128)
    assert torch.equal(MODELS.build(config).embed(faces), embedder.embed(faces))


def test_a_file_of_another_length_is_refused(tmp_path, network):
    torch.save({"state_dict": network.state_dict()}, tmp_path / "light.pth")
    with pytest.raises(CheckpointError, match="of another network than LightCNN9"):
        LightCNNEmbedder(tmp_path / "light.pth", embedding=16)


def test_gray_input_is_refused(embedder):
    with pytest.raises(ContractError, match=r"expected RGB \(N, 3, H, W\)"):
        embedder.embed(torch.rand(1, 1, 128, 128))
