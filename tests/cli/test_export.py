"""``fcsr export``: what it passes on and what it says."""

import pytest

from fcsrlib.cli import main
from fcsrlib.inference.onnx import export as onnx_export
from fcsrlib.inference.onnx.export import Exported
from fcsrlib.inference.onnx.int8 import Int8Quality


@pytest.fixture
def asked(monkeypatch):
    asked = {}

    def export(model, path, **options):
        asked.update(model=model, path=path, **options)
        quality = None
        if options["storage"] == "int8":
            quality = Int8Quality({"hr_restored": 51.26}, (24.0, 23.9), 1.5, 32)
        return Exported(path, 12_345, options["storage"], 3.2e-7, quality)

    monkeypatch.setattr(onnx_export, "export_onnx", export)
    return asked


def test_the_difference_to_pytorch_is_printed(asked, capsys):
    assert main(["export", "swift_x8", "-o", "a.onnx"]) == 0
    assert asked == dict(
        model="swift_x8", path="a.onnx", config=None, storage="float32", calibrate=None, force=False
    )
    assert capsys.readouterr().out.splitlines() == [
        "a.onnx: 12,345 bytes, float32",
        "largest difference to PyTorch on random inputs, batches of 1, 2, 5: 3.2e-07 (float32)",
    ]


def test_what_8_bits_cost_is_printed(asked, capsys):
    assert main(["export", "m", "-o", "a.onnx", "--quantize", "--calibrate", "f", "--force"]) == 0
    assert (asked["storage"], asked["calibrate"], asked["force"]) == ("int8", "f", True)
    printed = capsys.readouterr().out
    assert "3.2e-07 (float32 before 8 bits)" in printed
    assert "hr_restored: 51.3 dB to float32 on 32 faces" in printed
    assert "PSNR to the true faces: 23.900 dB, float32 24.000 dB" in printed
    assert "1.50 times as fast" in printed


def test_float16_is_asked_for_by_name(asked):
    assert main(["export", "m", "-o", "a.onnx", "--quantize", "float16"]) == 0
    assert asked["storage"] == "float16"


def test_an_unknown_model_is_one_line_and_2(tmp_path, capsys):
    pytest.importorskip("onnxscript")
    assert main(["export", "swift_x9", "-o", str(tmp_path / "a.onnx")]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "no released model" in printed
