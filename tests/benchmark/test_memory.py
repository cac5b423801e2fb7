import sys

import pytest
import torch
from torch import nn

from fcsrlib.benchmark.memory import count_state_bytes, measure_working_peak

MIB = 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a peak that can be reset")
def test_working_peak_is_what_a_call_needs_beyond_what_it_keeps(cpu):
    kept = []

    def work():
        kept.append(torch.ones(16 * MIB // 4))
        torch.ones(64 * MIB // 4).sum()

    peak = measure_working_peak(work, cpu)
    if peak is None:
        pytest.skip("this system does not let a process reset its peak")
    assert 60 * MIB < peak < 72 * MIB


def test_state_counts_weights_gradients_buffers_and_moments():
    network = nn.Sequential(nn.Linear(3, 5, bias=False), nn.BatchNorm1d(5, affine=False))
    optimizer = torch.optim.Adam(network.parameters())
    buffers = 5 * 4 + 5 * 4 + 8
    assert count_state_bytes([network], [optimizer]) == 15 * 4 + buffers
    network(torch.rand(2, 3)).square().sum().backward()
    optimizer.step()
    assert count_state_bytes([network], [optimizer]) == 15 * 4 * 4 + buffers + 4  # Adam's step
