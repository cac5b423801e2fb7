import copy
import io
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch
from rich.console import Console

from fcsrlib.benchmark import compare_compounds, machine, print_report, run_benchmark
from fcsrlib.engine.report import write_json
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.inference import load_generator
from fcsrlib.preparation import pack

ROOT = Path(__file__).parents[2]
WAYS = [
    (precision, layout)
    for precision in ("fp32", "bf16")
    for layout in ("contiguous", "channels_last")
]
MEASURED = {"calls", "seconds", "images_per_second", "working_bytes", "share_of_peak", "ratio"}


@pytest.fixture(autouse=True)
def _small_products(monkeypatch):
    monkeypatch.setattr(machine, "SIDES", (128,))


def check_variants(variants):
    assert [(row["precision"], row["layout"]) for row in variants] == WAYS
    for row in variants:
        assert row.keys() >= MEASURED
        assert row["seconds"] > 0
        assert row["share_of_peak"] > 0
    assert variants[0]["ratio"] == 1


def test_everything_is_measured_printed_and_written(toy_config, tmp_path):
    said = []
    result = run_benchmark(toy_config, seconds=0.02, say=said.append)
    assert any("training step of stage 'joint'" in line for line in said)

    assert all(rate > 0 for rate in result["machine"]["peak_flops_per_second"].values())
    assert result["data"]["worker_images_per_second"] > 0
    assert set(result["data"]["preprocessor_images_per_second"]) == {
        "with_heatmaps",
        "without_heatmaps",
    }
    assert [row["stage"] for row in result["training"]] == ["completion", "joint"]
    assert result["training"][1]["flops"] > result["training"][0]["flops"] > 0
    assert [row["batch_size"] for row in result["inference"]] == [1, 2]
    for row in (*result["training"], *result["inference"]):
        check_variants(row["variants"])

    write_json(result, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["training"][0]["stage"] == "completion"
    printed = io.StringIO()
    print_report(result, Console(file=printed, width=120))
    for text in ("matrix product", "one worker", "stage 'joint', batch 2", "inference, batch 1"):
        assert text in printed.getvalue()


def test_outputs_in_fp32_agree_and_bf16_differs_a_little(toy_config):
    rows = run_benchmark(toy_config, only="inference", seconds=0.01)["inference"]
    reference, relaid, half, _ = rows[-1]["variants"]
    assert reference["max_difference"] == 0
    assert relaid["max_difference"] < 1e-5
    assert 0 < half["mean_difference"] <= half["max_difference"] < 0.1
    assert half["psnr"] > 30


def test_the_distance_to_the_true_faces_is_that_of_the_checkpoints_generator(toy_config, tmp_path):
    torch.manual_seed(3)
    generator = load_generator(copy.deepcopy(toy_config))
    torch.save({"state_dict": generator.state_dict()}, tmp_path / "trained.pth")
    shared = dict(only="inference", seconds=0.01)
    fresh, trained = (
        run_benchmark(copy.deepcopy(toy_config), checkpoint=path, **shared)["inference"][-1]
        for path in (None, tmp_path / "trained.pth")
    )
    reference, _, half, _ = trained["variants"]

    assert reference["psnr_change"] == 0
    assert half["psnr_change"] == half["psnr_to_truth"] - reference["psnr_to_truth"] != 0
    assert reference["psnr_to_truth"] != fresh["variants"][0]["psnr_to_truth"]
    with pytest.raises(CheckpointError, match="none.pth"):
        run_benchmark(toy_config, checkpoint=tmp_path / "none.pth", **shared)


def test_several_configs_are_compared_in_fp32_and_bf16(toy_config):
    other = copy.deepcopy(toy_config)
    other.scale = 4
    said = []
    result = compare_compounds([toy_config, other], seconds=0.01, batch_size=3, say=said.append)

    assert said.count("matrix products") == 1
    assert [row["batch_size"] for row in result["compounds"]] == [1, 3, 1, 3]
    for row in result["compounds"]:
        ways = [(variant["precision"], variant["layout"]) for variant in row["variants"]]
        assert ways == [("fp32", "contiguous"), ("bf16", "channels_last")]
        assert row["variants"][0]["ratio"] == 1
        assert row["variants"][1].keys() >= MEASURED | {"psnr", "psnr_change"}
    methods = [(row["method"], row["scale"], row["batch_size"]) for row in result["baselines"]]
    assert methods == [
        (method, config.scale, count)
        for config in (toy_config, other)
        for count in (1, 3)
        for method in ("Telea, bicubic", "bicubic")
    ]
    for row in result["baselines"]:
        assert row["images_per_second"] == pytest.approx(row["batch_size"] / row["seconds"])
    small, large = (row["flops_per_image"] for row in result["compounds"][::2])
    assert small != large  # the second enlarges from another side
    printed = io.StringIO()
    print_report(result, Console(file=printed, width=120))
    assert "fp32 contiguous against bf16 channels_last" in printed.getvalue()
    assert "Telea, bicubic x4" in printed.getvalue()


def test_comparing_nothing_is_refused():
    with pytest.raises(ConfigError, match="there is no config to compare"):
        compare_compounds([])


def test_only_the_wanted_section_is_measured(toy_config):
    threads = torch.get_num_threads()
    result = run_benchmark(toy_config, only="data", seconds=0.01, batch_size=3, threads=threads)
    assert result["data"]["batch_size"] == 3
    assert "training" not in result
    assert "inference" not in result


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(only="speed"), "--only is 'speed'; expected one of data, training, inference"),
        (dict(batch_size=1), "--batch-size is 1; expected 2 or more"),
        (dict(seconds=0), "--seconds is 0; expected more than 0"),
        (dict(seconds=float("nan")), "--seconds is nan"),
        (dict(threads=0), "--threads is 0; expected 1 or more"),
    ],
)
def test_bad_arguments_are_refused(toy_config, arguments, message):
    with pytest.raises(ConfigError, match=message):
        run_benchmark(toy_config, **arguments)


def test_a_missing_folder_of_faces_is_refused(toy_config, tmp_path):
    with pytest.raises(DataError, match="is no folder"):
        run_benchmark(toy_config, data_root=tmp_path / "none")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.py"], "error: no config at none.py"),
        (["a.py", "b.py", "--only", "data"], "error: 2 configs: several are compared in inference"),
        (["-o", "."], "error: --output . is a folder; give a file."),
        (["--cfg-options", "scale"], "error: --cfg-options got 'scale'; expected KEY=VALUE."),
    ],
)
def test_the_tool_explains_bad_arguments_in_one_line(
    monkeypatch, capsys, tmp_path, arguments, message
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["benchmark.py", *arguments])
    tool = runpy.run_path(str(ROOT / "tools/benchmark.py"))
    # Tuning is for a process of its own, not for the tests'.
    monkeypatch.setitem(tool["main"].__globals__, "tune_process", lambda: None)
    assert tool["main"]() == 2
    printed = capsys.readouterr().err
    assert printed.startswith(message)
    assert printed.count("\n") == 1


def test_a_pack_is_compared_with_its_originals(toy_config, tmp_path, monkeypatch):
    monkeypatch.setattr("fcsrlib.data.face_folder.assign_split", lambda name, shares: "train")
    pack(tmp_path / "faces", tmp_path / "pack", splits=["train"], workers=1)
    arguments = dict(only="data", seconds=0.02, batch_size=2)
    result = run_benchmark(toy_config, pack=tmp_path / "pack", **arguments)
    compared = result["data"]["pack"]
    for what in ("samples_per_second", "faces_read_per_second"):
        rates = compared[what]
        assert rates["ratio"] == rates["pack"] / rates["original"] > 0
    printed = io.StringIO()
    print_report(result, Console(file=printed, width=120))
    assert "beside the originals" in printed.getvalue()
    with pytest.raises(ConfigError, match="--pack .*faces is no pack; make one"):
        run_benchmark(toy_config, pack=tmp_path / "faces", **arguments)
