"""What can be no graph is refused, with the part's name and the reason."""

import pytest
import torch
from torch import nn

from fcsrlib.contracts import Restoration
from fcsrlib.errors import ContractError
from fcsrlib.inference.onnx.export import export_onnx
from fcsrlib.plugin import register_plugin, unregister_plugin
from fcsrlib.plugin.hookspecs import hookimpl

SWIFT_FC = dict(type="SwiftFC", widths=(4, 4), num_blocks=(1, 1))


class Undecided(nn.Module):
    """Decides in Python by a value, which no graph can hold."""

    def __init__(self, scale: int = 8):
        super().__init__()
        self.scale = scale
        self.gain = nn.Parameter(torch.ones(1))

    def forward(self, lr):
        gain = self.gain if lr.mean() > 0.5 else self.gain * 2
        return Restoration(image=gain * nn.functional.interpolate(lr, scale_factor=self.scale))


class Plugin:
    @staticmethod
    @hookimpl
    def register_sr_backbones(register):
        register(Undecided)


def test_a_part_that_cannot_be_traced_is_named_with_the_reason(tmp_path, write_generator):
    register_plugin(Plugin, "undecided")
    try:
        path = write_generator(tmp_path, fc=SWIFT_FC, sr=dict(type="Undecided"))
        with pytest.raises(ContractError, match="^Undecided cannot be exported.*traceable") as hit:
            export_onnx(path, tmp_path / "toy.onnx")
    finally:
        unregister_plugin("undecided")
    assert "\n" not in str(hit.value)
    assert not (tmp_path / "toy.onnx").exists()
