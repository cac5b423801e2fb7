import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.errors import ContractError
from fcsrlib.layers.mobilefacenet import MobileFaceNet


@pytest.fixture(scope="module")
def network():
    """Return a network whose BatchNorm and PReLU have numbers of their own everywhere."""
    torch.manual_seed(0)
    network = MobileFaceNet()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                tensor.data.uniform_(0.5, 1.5)
            for tensor in (module.bias, module.running_mean):
                tensor.data.uniform_(-0.2, 0.2)
        if isinstance(module, nn.PReLU):
            module.weight.data.uniform_(0, 0.5)
    return network.double().eval()


def read_literally(image, state):
    """Read the published table of layers in float64: BatchNorm and PReLU by their formulas."""

    def normalise(x, name):
        mean, var, weight, bias = (
            state[f"{name}.{key}"][:, None, None]
            for key in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    def bend(x, name):
        return torch.where(x > 0, x, x * state[f"{name}.weight"][:, None, None])

    def convolve(x, name, stride=1, padding=0):
        kernel = state[f"{name}.weight"]
        groups = x.shape[1] // kernel.shape[1]
        return functional.conv2d(x, kernel, None, stride, padding, groups=groups)

    def bottleneck(x, name, stride):
        y = bend(normalise(convolve(x, f"{name}.0"), f"{name}.1"), f"{name}.2")
        y = bend(normalise(convolve(y, f"{name}.3", stride, 1), f"{name}.4"), f"{name}.5")
        y = normalise(convolve(y, f"{name}.6"), f"{name}.7")
        return x + y if stride == 1 else y

    x = (image * 255 - 127.5) / 128
    for name, stride in (("conv1", 2), ("dw_conv1", 1)):
        x = convolve(x, f"{name}.conv", stride, 1)
        x = bend(normalise(x, f"{name}.bn"), f"{name}.prelu")
    for index in range(15):
        x = bottleneck(x, f"blocks.{index}.conv", 2 if index in (0, 5, 12) else 1)
    x = bend(normalise(convolve(x, "conv2.conv"), "conv2.bn"), "conv2.prelu")
    for name in ("linear7", "linear1"):
        x = normalise(convolve(x, f"{name}.conv"), f"{name}.bn")
    return x[:, :, 0, 0]


def test_parameters_tensors_and_operations_are_those_of_the_published_network():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = MobileFaceNet().eval()
        vectors = network(torch.rand(1, 3, 112, 96))
    state = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    assert vectors.shape == (1, 128)
    assert sum(p.numel() for p in network.parameters()) == 999_552
    assert len(state) == 283
    assert counter.get_total_flops() / 1e9 == pytest.approx(0.379, abs=0.0005)


def test_channels_and_expansions_are_those_of_the_table():
    with torch.device("meta"):
        state = MobileFaceNet().state_dict()
    inner = [state[f"blocks.{index}.conv.3.weight"].shape[0] for index in range(15)]
    outer = [state[f"blocks.{index}.conv.6.weight"].shape[0] for index in range(15)]
    assert inner == [128] * 5 + [256] + [256] * 6 + [512] + [256] * 2
    assert outer == [64] * 5 + [128] * 10
    assert state["linear7.conv.weight"].shape == (512, 1, 7, 6)


def test_agrees_with_a_literal_reading_of_its_layers(network):
    image = torch.rand(2, 3, 112, 96, dtype=torch.float64)
    expected = read_literally(image, network.state_dict())
    assert torch.allclose(network(image), expected, atol=1e-9)


def test_gradient_reaches_every_parameter():
    torch.manual_seed(0)
    network = MobileFaceNet().train()
    network(torch.rand(2, 3, 112, 96)).square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("shape", [(1, 3, 96, 112), (1, 1, 112, 96), (3, 112, 96)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ContractError, match=r"expected RGB \(N, 3, 112, 96\)"):
        MobileFaceNet()(torch.rand(shape))
