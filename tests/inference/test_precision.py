"""Device and type when nobody says."""

import pytest
import torch

from fcsrlib.errors import ConfigError
from fcsrlib.inference.precision import choose_device, choose_dtype, has_bf16_units

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "flags, expected",
    [("fpu avx512f avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx512f avx2", False)],
)
def test_units_for_bf16_are_read_from_the_processors_flags(tmp_path, flags, expected):
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor : 0\nflags\t\t: {flags}\n")
    assert has_bf16_units(info) is expected


def test_without_that_file_there_are_none(tmp_path):
    assert not has_bf16_units(tmp_path / "nothing")


def test_processors_get_bf16_where_they_have_units(monkeypatch):
    for has_units, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr("fcsrlib.inference.precision.has_bf16_units", lambda it=has_units: it)
        assert choose_dtype(None, CPU) is expected
    assert choose_dtype(None, torch.device("cuda")) is torch.float32
    assert choose_dtype("float32", CPU) is torch.float32
    assert choose_dtype(torch.float16, CPU) is torch.float16


def test_a_device_is_chosen_or_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device(None) == CPU
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device(None) == torch.device("cuda")
    assert choose_device("cpu") == CPU


@pytest.mark.parametrize("device", ["toaster", "cuda:99", 3.5])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(ConfigError, match=f"device '{device}' cannot be used here"):
        choose_device(device)


@pytest.mark.parametrize("dtype", ["double", torch.float64, torch.uint8])
def test_another_type_is_refused(dtype):
    with pytest.raises(ConfigError, match="expected one of float32, bfloat16, float16"):
        choose_dtype(dtype, CPU)
