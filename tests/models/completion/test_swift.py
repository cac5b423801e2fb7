import pytest
import torch

from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.models.completion import SwiftFC


@pytest.mark.parametrize(("side", "count"), [(16, 1_763_171), (32, 1_929_263)])
def test_parameter_count(side: int, count: int) -> None:
    with torch.device("meta"):
        network = SwiftFC(lr_side=side)

    assert sum(p.numel() for p in network.parameters()) == count
    assert side % network.size_multiple == 0


def test_what_the_hole_holds_is_never_read() -> None:
    torch.manual_seed(0)
    network = SwiftFC(widths=(8, 8), num_blocks=(1, 1)).eval()
    face, hole = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    hole[..., 4:9, 2:10] = 1
    one = network(face * (1 - hole), hole).image
    assert torch.equal(one, network(face + hole * 7, hole).image)
    assert not torch.equal(one, network(face, torch.zeros_like(hole)).image)


def test_a_side_without_widths_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"lr_side is 24.*expected a side of \[16, 32\]"):
        SwiftFC(lr_side=24)
    with pytest.raises(ConfigError, match="of one length"):
        SwiftFC(widths=(8, 8), num_blocks=(1,))


def test_an_odd_face_is_refused() -> None:
    with pytest.raises(ContractError, match="SwiftFC.*multiples of 2"):
        SwiftFC(widths=(8, 8), num_blocks=(1, 1))(
            torch.rand(1, 3, 15, 15), torch.zeros(1, 1, 15, 15)
        )
