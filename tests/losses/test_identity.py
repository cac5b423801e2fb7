import copy
import pickle

import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.errors import CheckpointError, ConfigError, ContractError
from fcsrlib.layers.mobilefacenet import MobileFaceNet
from fcsrlib.losses import FaceEmbedding, IdentityLoss, identity_loss, load_mobilefacenet
from fcsrlib.losses.face_embedding import shared_face_embedding
from fcsrlib.losses.loss_set import LossTerm


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Return the file of a random network."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "random.pt"
    torch.save(MobileFaceNet().state_dict(), path)
    return str(path)


@pytest.fixture(scope="module")
def loss(weights):
    return IdentityLoss(weights=weights)


def test_known_angles():
    vectors = torch.tensor([[1.0, 0], [1, 0], [1, 0]])
    target = torch.tensor([[1.0, 0], [0, 1], [-0.6, 0.8]])
    assert identity_loss(vectors, target).item() == pytest.approx((0 + 1 + 1.6) / 3)


def test_the_same_face_costs_exactly_nothing_and_the_order_does_not_matter(loss, make_random):
    image, target = make_random(2, 3, 128, 128), make_random(2, 3, 128, 128)
    assert loss(image, image.clone()) == 0
    assert loss(image, target) > 0
    assert torch.allclose(loss(image, target), loss(target, image))


def test_agrees_with_a_slow_reading_of_the_cosine(loss, weights, make_random):
    image, target = make_random(3, 3, 128, 128), make_random(3, 3, 128, 128)
    network = load_mobilefacenet(weights).eval()
    crop = FaceEmbedding(copy.deepcopy(network)).crop
    expected = 0.0
    for ours, theirs in zip(crop(image), crop(target), strict=True):
        one, other = (network(face[None])[0].detach().double() for face in (ours, theirs))
        products = [float(a * b) for a, b in zip(one, other, strict=True)]
        norms = sum(float(a) ** 2 for a in one) * sum(float(b) ** 2 for b in other)
        expected += (1 - sum(products) / norms**0.5) / 3
    assert loss(image, target).item() == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_gradient_is_that_of_finite_differences():
    torch.manual_seed(0)
    target = torch.nn.functional.normalize(torch.rand(2, 4, dtype=torch.float64), dim=1)
    vectors = torch.rand(2, 4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(
        lambda x: identity_loss(torch.nn.functional.normalize(x, dim=1), target), vectors
    )


def test_the_gradient_reaches_the_image_and_neither_the_target_nor_the_network(
    loss, weights, make_random
):
    image = make_random(1, 3, 128, 128).requires_grad_()
    target = make_random(1, 3, 128, 128).requires_grad_()
    loss(image, target).backward()
    assert image.grad.isfinite().all() and image.grad.abs().sum() > 0
    assert target.grad is None
    network = shared_face_embedding(weights, torch.device("cpu"))
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_going_against_the_gradient_brings_the_faces_together(loss, make_random):
    image, target = make_random(1, 3, 32, 32), make_random(1, 3, 32, 32)
    before = loss(image, target)
    for _ in range(3):
        image.requires_grad_()
        (gradient,) = torch.autograd.grad(loss(image, target), image)
        image = (image - 0.3 * gradient / gradient.abs().max()).detach()
    assert loss(image, target) < before


def test_the_network_is_in_no_state_dict_and_no_copy(loss):
    assert loss.state_dict() == {} and list(loss.parameters()) == []
    assert len(pickle.dumps(loss)) < 10_000
    image = torch.zeros(1, 3, 128, 128)
    assert copy.deepcopy(loss)(image, image) == 0


def test_losses_of_one_file_share_one_network(loss, weights):
    cpu = torch.device("cpu")
    embed = shared_face_embedding(weights, cpu)
    assert shared_face_embedding(IdentityLoss(weights=weights).weights, cpu) is embed


def test_it_is_a_term_of_a_config(weights, make_random):
    term = LossTerm(
        dict(
            type="IdentityLoss",
            name="sr_identity",
            weight=0.5,
            weights=weights,
            inputs=dict(image="hr_restored", target="hr_target"),
        )
    )
    images = dict(hr_restored=make_random(1, 3, 32, 32), hr_target=make_random(1, 3, 32, 32))
    assert term.tensor_names == set(images)
    assert torch.allclose(term(images), 0.5 * term.loss(images["hr_restored"], images["hr_target"]))


def test_without_or_with_bad_weights_it_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="give the file of a MobileFaceNet: weights="):
        IdentityLoss()
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*gone.pt"):
        IdentityLoss(weights=tmp_path / "gone.pt")
    torch.save({"conv1.conv.weight": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(CheckpointError, match=r"other.pt is of another network than MobileFaceNet"):
        IdentityLoss(weights=tmp_path / "other.pt")


def test_bad_input_is_refused(loss):
    with pytest.raises(ContractError, match="expected equal shapes"):
        loss(torch.zeros(1, 3, 128, 128), torch.zeros(1, 3, 32, 32))
    with pytest.raises(ContractError, match=r"expects RGB \(N, 3, S, S\)"):
        loss(torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 32))
    with pytest.raises(ContractError, match="vectors of image and target"):
        identity_loss(torch.zeros(1, 2), torch.zeros(2, 2))
