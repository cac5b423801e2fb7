import pytest
import torch

from fcsrlib.benchmark import machine
from fcsrlib.benchmark.machine import describe_machine, measure_matrix_peak


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_matrix_product_has_a_positive_rate(monkeypatch, cpu, dtype):
    monkeypatch.setattr(machine, "SIDES", (64, 128))
    assert measure_matrix_peak(cpu, dtype, 0.01) > 1e6


def test_the_precision_of_products_is_left_as_it_was(monkeypatch, cpu):
    monkeypatch.setattr(machine, "SIDES", (64,))
    before = torch.get_float32_matmul_precision()
    measure_matrix_peak(cpu, torch.float32, 0.01)
    assert torch.get_float32_matmul_precision() == before


def test_the_description_names_processor_cores_and_threads(cpu):
    described = describe_machine(cpu)
    assert described["device"] == "cpu"
    assert described["processor"]
    assert described["cores"] >= 1
    assert described["threads"] == torch.get_num_threads()
