import json

import pytest

from fcsrlib.engine.curves import draw_curves, read_curves
from fcsrlib.errors import ConfigError


def write_run(work_dir, name, rows, tail=""):
    folder = work_dir / name / "vis_data"
    folder.mkdir(parents=True)
    lines = [json.dumps({"step": step, **values}) for step, values in rows]
    (folder / "scalars.json").write_text("\n".join(lines) + "\n" + tail)


def test_a_resumed_run_replaces_what_came_after_its_checkpoint(tmp_path):
    write_run(tmp_path, "20260101_000000", [(n, {"train/loss": n}) for n in (50, 100, 150, 200)])
    write_run(tmp_path, "20260102_000000", [(n, {"train/loss": -n}) for n in (150, 250)])
    assert read_curves(tmp_path) == {"train/loss": {50: 50, 100: 100, 150: -150, 250: -250}}


def test_a_line_that_a_killed_run_left_half_written_is_passed_over(tmp_path):
    write_run(tmp_path, "run", [(50, {"train/loss": 1.0})], tail='{"step": 100, "train/lo')
    assert read_curves(tmp_path) == {"train/loss": {50: 1.0}}


def test_loss_and_validation_are_drawn_single_classes_on_request(tmp_path):
    row = {
        "train/loss": 1.0,
        "val/parsing_miou": 0.5,
        "val/parsing_iou_3": 0.2,
        "val/num_images": 9,
    }
    for name in ("one", "two"):
        write_run(tmp_path / name, "run", [(50, row), (100, row)])
    work_dirs = [tmp_path / "one", tmp_path / "two"]
    target = tmp_path / "curves.png"
    assert draw_curves(work_dirs, target) == ["train/loss", "val/parsing_miou"]
    assert target.read_bytes().startswith(b"\x89PNG")
    assert draw_curves(work_dirs, tmp_path / "c.svg", ["val/parsing_iou_3"]) == [
        "val/parsing_iou_3"
    ]
    assert "parsing_iou_3" in (tmp_path / "c.svg").read_text()


def test_what_cannot_be_drawn_is_explained(tmp_path):
    with pytest.raises(ConfigError, match="holds no run that logged anything"):
        draw_curves([tmp_path], tmp_path / "curves.png")
    write_run(tmp_path, "run", [(50, {"train/loss": 1.0})])
    with pytest.raises(ConfigError, match="no run logged val/x; there are train/loss"):
        draw_curves([tmp_path], tmp_path / "curves.png", ["val/x"])
    with pytest.raises(ConfigError, match="neither"):
        draw_curves([tmp_path], tmp_path / "curves.pdf")
