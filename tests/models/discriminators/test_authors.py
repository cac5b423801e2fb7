import pytest
import torch

from fcsrlib.contracts import Discriminator
from fcsrlib.errors import ContractError
from fcsrlib.models.discriminators import AuthorsDiscriminator


def test_parameter_count_is_the_published_one() -> None:
    with torch.device("meta"):
        network = AuthorsDiscriminator()
        logits = network(torch.rand(2, 3, 128, 128))

    assert sum(p.numel() for p in network.parameters()) == 44_721_088
    assert logits.shape == (2, 1, 2, 2)
    assert isinstance(network, Discriminator)


def test_images_of_a_batch_do_not_influence_each_other() -> None:
    network = AuthorsDiscriminator(channels=2)
    images = torch.rand(3, 3, 64, 64)

    torch.testing.assert_close(network(images)[:1], network(images[:1]))


def test_gradient_reaches_every_parameter() -> None:
    network = AuthorsDiscriminator(channels=2)
    network(torch.rand(2, 3, 64, 64)).square().sum().backward()

    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_state_dict_round_trip_gives_the_same_logits() -> None:
    network, other = AuthorsDiscriminator(channels=2), AuthorsDiscriminator(channels=2)
    other.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 64, 64)

    assert torch.equal(network(image), other(image))


def test_images_that_vanish_on_the_way_are_refused() -> None:
    with pytest.raises(ContractError, match="at least 64"):
        AuthorsDiscriminator(channels=2)(torch.rand(1, 3, 32, 32))
