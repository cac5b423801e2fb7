"""Compounds in 8 bits: smaller, close, and refused where they are not."""

import cv2
import numpy as np
import pytest

from fcsrlib.errors import ContractError, DataError
from fcsrlib.inference.onnx import export as onnx_export
from fcsrlib.inference.onnx import int8
from fcsrlib.inference.onnx.export import export_onnx
from fcsrlib.inference.onnx.runtime import open_session


def test_int8_is_smaller_close_and_measured_on_faces(wide, tmp_path, feed):
    path, whole = wide
    small = export_onnx(path, tmp_path / "small.onnx", storage="int8")
    assert small.size < whole.size
    assert small.quality.num_faces == 32
    assert 35 < min(small.quality.psnr.values())
    before, after = small.quality.psnr_to_truth
    assert after == pytest.approx(before, abs=0.5)
    session = open_session(small.path.read_bytes())
    assert session.get_modelmeta().custom_metadata_map["storage"] == "int8"
    fed = feed(2)
    composite = session.run(["lr_composite"], fed)[0]
    visible = np.broadcast_to(fed["hole_mask"] == 0, composite.shape)
    assert np.array_equal(composite[visible], fed["lr_masked"][visible])


def test_int8_is_calibrated_on_a_folder_of_faces(wide, tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(8):
        picture = cv2.resize(rng.integers(0, 256, (6, 6, 3), np.uint8), (140, 150))
        cv2.imwrite(str(folder / f"{number}.png"), picture)
    small = export_onnx(wide[0], tmp_path / "s.onnx", storage="int8", calibrate=folder)
    assert small.quality.num_faces == 2
    (folder / "0.png").unlink()
    with pytest.raises(DataError, match="has 7 images; expected at least 8"):
        export_onnx(wide[0], tmp_path / "t.onnx", storage="int8", calibrate=folder)


def test_an_int8_file_that_is_not_close_is_not_written(wide, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "MIN_INT8_PSNR", 500.0)
    with pytest.raises(ContractError, match="toy_x8 in 8 bits gives .* dB.*Nothing was written"):
        export_onnx(wide[0], tmp_path / "small.onnx", storage="int8")
    assert not list(tmp_path.iterdir())


def test_a_network_without_wide_convolutions_gets_no_int8(wide, tmp_path, monkeypatch):
    monkeypatch.setattr(int8, "MIN_CHANNELS", 1000)
    with pytest.raises(ContractError, match="no convolution of 1000 channels or more"):
        export_onnx(wide[0], tmp_path / "small.onnx", storage="int8")
