"""docs/evaluation.md, section Metrics: every metric and figure is there, and its config builds."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config

from fcsrlib.errors import CheckpointError
from fcsrlib.metrics import FaceAccuracy, FaceMetric, ImageQuality, PerceptualDistance
from fcsrlib.metrics.image_quality import REGIONS
from fcsrlib.registry import METRICS
from fcsrlib.testing.toy import ToyFacePrior

PAGE = Path(__file__).parents[2].joinpath("docs", "evaluation.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## Metrics\n")[1].split("\n## ")[0]
OWN = {
    name: part
    for name, part in METRICS.module_dict.items()
    if part.__module__.startswith("fcsrlib.metrics")
}


def test_every_metric_for_restored_faces_has_a_row():
    rows = set(re.findall(r"^\| `(\w+)` \|", SECTION, re.M))
    of_faces = {name for name, part in OWN.items() if issubclass(part, FaceMetric)}
    assert rows == of_faces | {"ImageQuality"}


def test_every_figure_is_named():
    accuracy = FaceAccuracy(ToyFacePrior(), device="cpu")
    figures = accuracy.summarise({name: [1.0] for name in accuracy.columns})
    numbered = [name for name in figures if not re.search(r"iou_\d|iou_\d+_vs_reading", name)]
    assert "`parsing_iou_0` to `parsing_iou_10`" in SECTION and "parsing_iou_10" in figures
    image = [name for names in REGIONS.values() for name in names]
    for name in (*numbered, *image, "identity", "perceptual"):
        assert f"`{name}`" in SECTION


def test_the_default_layers_are_named():
    layers = PerceptualDistance(device="cpu").protocol.split(" of ")[1].split(" (")[0]
    assert layers in " ".join(SECTION.split())


def test_the_configs_that_need_no_file_build(tmp_path):
    (block,) = re.findall(r"```python\n(.*?)```", SECTION, re.S)
    config = tmp_path / "config.py"
    config.write_text(block)
    built = [
        METRICS.build(one)
        for one in Config.fromfile(config).test_evaluator
        if one.type in ("ImageQuality", "PerceptualDistance")
    ]
    assert [type(one) for one in built] == [ImageQuality, ImageQuality, PerceptualDistance]


@pytest.mark.parametrize("name", ["FaceAccuracy", "IdentitySimilarity"])
def test_the_others_take_the_files_as_written(name):
    (line,) = re.findall(rf"(dict\(type=\"{name}\".*\)),", SECTION)
    with pytest.raises(CheckpointError, match="no checkpoint at (joint|light).pth"):
        METRICS.build(eval(line))
