import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.metrics import FaceScorer, IdentitySimilarity, cosine_similarity
from fcsrlib.models.recognition import LightCNN9
from fcsrlib.registry import METRICS


class MeanColour:
    """Embeds a face as the direction of its mean colour, and keeps the landmarks it was given."""

    def __init__(self):
        self.seen = []

    def embed(self, images, landmarks=None):
        self.seen.append(landmarks)
        return torch.nn.functional.normalize(images.mean((2, 3)), dim=1)


def make_faces(*colours):
    return torch.tensor(colours)[..., None, None].expand(len(colours), 3, 16, 16)


def test_cosines_of_known_vectors():
    vectors = torch.tensor([[1.0, 0], [1, 0], [1, 0], [0, 0]])
    target = torch.tensor([[2.0, 0], [0, 3], [-1, 0], [1, 0]])
    cosines = cosine_similarity(vectors, target)
    assert cosines[:3].tolist() == [1, 0, -1]
    assert cosines[3].isnan()


def test_the_metric_is_the_cosine_of_what_the_embedder_makes():
    metric = IdentitySimilarity(MeanColour(), device="cpu")
    batch = {"hr_target": make_faces([1.0, 0, 0], [1.0, 0, 0])}
    scores = metric.score(make_faces([1.0, 0, 0], [0.6, 0.8, 0]), batch)
    assert isinstance(metric, FaceScorer)
    assert scores["identity"].tolist() == pytest.approx([1, 0.6], abs=1e-6)
    assert scores["identity"].dtype == torch.float64


def test_the_true_landmarks_align_both_faces():
    embedder = MeanColour()
    landmarks = torch.rand(1, 81, 2)
    faces = make_faces([1.0, 1, 1])
    batch = {"hr_target": faces, "landmarks": landmarks}
    IdentitySimilarity(embedder, device="cpu").score(faces, batch)
    assert [torch.equal(seen, landmarks) for seen in embedder.seen] == [True, True]


def test_the_figure_is_the_mean_over_faces_and_nothing_without_sr():
    metric = IdentitySimilarity(MeanColour(), device="cpu")
    target = make_faces([1.0, 0, 0])[0]
    samples = [
        {"hr_target": target, "hr_restored": face}
        for face in make_faces([1.0, 0, 0], [0.6, 0.8, 0], [0, 1.0, 0])
    ]
    metric.process(None, samples)
    assert metric.evaluate(3) == {"identity": pytest.approx(1.6 / 3, abs=1e-6)}
    metric.process(None, [{"hr_target": target, "hr_restored": None}])
    assert metric.evaluate(1) == {}


def test_it_is_built_by_name_with_its_embedder(tmp_path):
    torch.manual_seed(0)
    torch.save(LightCNN9(embedding=8).state_dict(), tmp_path / "light.pth")
    embedder = dict(type="LightCNNEmbedder", weights=str(tmp_path / "light.pth"), embedding=8)
    metric = METRICS.build(dict(type="IdentitySimilarity", embedder=embedder, device="cpu"))
    faces = torch.rand(2, 3, 32, 32)
    same = metric.score(faces, {"hr_target": faces})["identity"]
    assert same.tolist() == pytest.approx([1, 1], abs=1e-6)
    assert (metric.score(1 - faces, {"hr_target": faces})["identity"] < 1 - 1e-6).all()
    assert "LightCNNEmbedder" in metric.protocol


def test_what_does_not_embed_is_refused():
    with pytest.raises(ContractError, match=r"embedder is Linear, which has no embed"):
        IdentitySimilarity(torch.nn.Linear(1, 1))
    with pytest.raises(ContractError, match=r"expected two of the same shape \(N, D\)"):
        cosine_similarity(torch.rand(2, 3), torch.rand(2, 4))
