import hashlib
import json
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fcsrlib.data import FaceFolder
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.part_store import PartStore
from fcsrlib.metrics import bicubic_baseline, psnr, quantise, telea_baseline

FILES = ["plot.png", "plot.svg", "results.json", "sheet.png", "table.md"]
TOOL = Path(__file__).parents[2] / "tools" / "evaluate.py"


def find(results, method, condition="block-1"):
    rows = results["figures"]
    return next(row for row in rows if row["method"] == method and row["condition"] == condition)


def read_all(folder, *more):
    names = sorted([*FILES, *more])
    assert sorted(path.name for path in folder.iterdir()) == names
    return {name: (folder / name).read_bytes() for name in names}


def test_every_number_says_what_it_is(make_pair, tmp_path):
    pair = make_pair()
    results = evaluate("table3", [pair], out=tmp_path / "out", channel="y", crop_px=2)
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    row = find(results, "toy")
    assert {"psnr", "mssim", "hole_psnr", "visible_psnr", "lr_psnr", "lr_hole_psnr"} <= set(row)
    stated = {key: row[key] for key in ("channel", "crop_px", "seed", "count", "hidden_share")}
    assert stated == dict(channel="y", crop_px=2, seed=0, count=5, hidden_share=0.25)
    (entrant,) = results["entrants"]
    assert entrant["sha256"] == hashlib.sha256(pair[1].read_bytes()).hexdigest()
    assert (entrant["config"], entrant["scale"], entrant["iterations"]) == ("toy.py", 4, 7)
    assert results["conditions"][3]["hole"] == dict(kind="grid_block", rows=2, cols=2, index=3)
    assert results["references"] == ["Telea, bicubic x4", "bicubic x4"]
    page = (tmp_path / "out" / "table.md").read_text()
    assert "25.49 ± 0.197" in page and "0.757 ± 0.0036" in page and "Y (BT.601" in page


def test_figures_are_those_worked_out_by_hand(make_pair, toy_run, tmp_path):
    results = evaluate("table3", [make_pair()], out=tmp_path / "out")
    targets, bicubic, telea = [], [], []
    hole = torch.zeros(1, 1, 8, 8)
    hole[..., 4:, :4] = 1
    for index in range(5):
        face = toy_run.TinyFaces(5, seed=1).read(index)["hr_target"]
        target = torch.from_numpy(face).permute(2, 0, 1)[None].float() / 255
        small = torch.nn.functional.interpolate(
            target, scale_factor=0.25, mode="bicubic", antialias=True
        )
        masked = (small.clamp(0, 1) * 255).round() / 255 * (1 - hole)
        targets.append(target)
        bicubic.append(bicubic_baseline(masked, 4))
        telea.append(bicubic_baseline(telea_baseline(masked, hole), 4))
    for method, images in (("bicubic x4", bicubic), ("Telea, bicubic x4", telea)):
        expected = [
            psnr(quantise(image), quantise(target)).item()
            for image, target in zip(images, targets, strict=True)
        ]
        assert find(results, method, "block-3")["psnr"] == pytest.approx(
            np.mean(expected), abs=1e-6
        )


@pytest.mark.parametrize("protocol", ["table3", "fig9", "table6"])
def test_running_twice_gives_the_same_bytes(make_pair, tmp_path, protocol):
    written = []
    for name in ("one", "two"):
        pairs = [make_pair(), make_pair(seed=1), make_pair("other", scale=2)]
        evaluate(protocol, pairs, out=tmp_path / name)
        more = ["holes.npz"] if protocol == "table6" else []
        written.append(read_all(tmp_path / name, *more))
    assert written[0] == written[1]
    results = json.loads(written[0]["results.json"])
    methods = [entrant["method"] for entrant in results["entrants"]]
    assert methods == ["toy", "toy (2)", "other"]
    assert {"bicubic x4", "bicubic x2"} <= set(results["references"])


def test_the_batch_size_does_not_change_the_figures(make_pair, tmp_path):
    rows = [
        evaluate("table4", [make_pair(faces=18)], out=tmp_path / str(size), batch_size=size)
        for size in (1, 16)
    ]
    for one, other in zip(rows[0]["figures"], rows[1]["figures"], strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_networks_run_once_for_each_face_and_condition(make_pair, tmp_path, monkeypatch):
    from fcsrlib.models.generator import FCSRGenerator

    seen = []
    complete = FCSRGenerator.complete
    monkeypatch.setattr(
        FCSRGenerator,
        "complete",
        lambda self, lr, hole: seen.append(len(lr)) or complete(self, lr, hole),
    )
    evaluate("table3", [make_pair()], out=tmp_path / "out", batch_size=2)
    assert sum(seen) == 5 * 4


def test_an_interrupted_evaluation_continues_to_the_same_bytes(make_pair, tmp_path, monkeypatch):
    evaluate("table3", [make_pair()], out=tmp_path / "whole", batch_size=2)
    add, said = PartStore.add, []

    def stop_at_the_sixth(store, part):
        if len(list(store.folder.glob("*.npz"))) == 5:
            raise KeyboardInterrupt
        add(store, part)

    monkeypatch.setattr(PartStore, "add", stop_at_the_sixth)
    with pytest.raises(KeyboardInterrupt):
        evaluate("table3", [make_pair()], out=tmp_path / "out", batch_size=2, say=said.append)
    assert said == ["stopped after 10; the same command continues from there"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".partial"]
    monkeypatch.setattr(PartStore, "add", add)
    with pytest.raises(ConfigError, match="interrupted evaluation with another networks; delete"):
        evaluate("table3", [make_pair(seed=3)], out=tmp_path / "out")
    evaluate("table3", [make_pair()], out=tmp_path / "out", batch_size=2, say=said.append)
    assert said[1] == "resuming after 10 of 20"
    assert read_all(tmp_path / "out") == read_all(tmp_path / "whole")


def test_the_drawn_holes_are_stored_beside_the_numbers(make_pair, tmp_path):
    results = evaluate("table6", [make_pair()], out=tmp_path / "out", batch_size=2)
    with np.load(tmp_path / "out" / "holes.npz", allow_pickle=False) as file:
        holes = np.unpackbits(file["quarter/hole_8px"], axis=1).reshape(5, 8, 8)
        assert file["quarter/faces"].tolist() == [0, 1, 2, 3, 4]
    assert holes.sum((1, 2)).tolist() == [16] * 5
    digest = hashlib.sha256()
    for hole in holes:
        digest.update(hashlib.blake2b(hole.tobytes(), digest_size=16).digest())
    assert results["conditions"][0]["holes_sha256"] == digest.hexdigest()


def test_an_option_that_the_protocol_does_not_know_is_refused(make_pair, tmp_path):
    with pytest.raises(
        ConfigError, match="table3 does not know the option num_holes; it knows perc"
    ):
        evaluate("table3", [make_pair()], out=tmp_path / "out", options={"num_holes": 3})
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_without_sr_is_measured_at_low_resolution_only(make_pair, tmp_path):
    results = evaluate("table3", [make_pair(restores=False)], out=tmp_path / "out")
    assert results["references"] == ["Telea x4"]
    for row in results["figures"]:
        assert {"lr_psnr", "lr_hole_psnr"} <= set(row)
        assert not {"psnr", "mssim", "hole_psnr", "visible_psnr"} & set(row)
    assert "low resolution only" in (tmp_path / "out" / "table.md").read_text()


def test_a_network_that_works_at_full_size_has_references_of_its_own(make_pair, tmp_path):
    enlarging = make_pair("full", **{"model.data_preprocessor.enlarge_lr": True})
    results = evaluate("table6", [enlarging, make_pair()], out=tmp_path / "out")
    assert results["references"][::2] == ["Telea, bicubic x4 at 32 px", "Telea, bicubic x4"]
    assert [entrant["lr_side"] for entrant in results["entrants"]] == [32, 8]
    shares = {row["hidden_share"] for row in results["figures"]}
    assert shares == {0.25}


def test_a_network_that_enlarges_first_has_no_scores_at_low_resolution(make_pair, tmp_path):
    second = make_pair("second", **{"model.generator.order": "sr_first"})
    alone = evaluate("table6", [second], out=tmp_path / "alone")
    both = evaluate("fig7", [second, make_pair()], out=tmp_path / "both")
    row = find(alone, "second", "quarter")
    assert row["psnr"] > 0 and row["lr_psnr"] is None
    assert find(both, "toy", "mouth")["lr_psnr"] > 0
    page = (tmp_path / "both" / "table.md").read_text()
    low = page.split("## PSNR at low resolution (dB)")[1].split("##")[0]
    assert "| toy |" in low and "| second |" not in low
    many = evaluate("consistency", [second], out=tmp_path / "many", options={"num_holes": 2})
    assert find(many, "second", "quarter")["pair_psnr"] > 0


def test_the_sheet_shows_input_result_and_target_of_a_few_faces(make_pair, tmp_path):
    evaluate("table3", [make_pair()], out=tmp_path / "out")
    sheet = cv2.imread(str(tmp_path / "out" / "sheet.png"))
    assert sheet.shape == (2 * (22 + 3 * 34), 150 + 8 * 34, 3)
    assert (sheet[22 + 2 : 22 + 14, 152:164] == 191).all()  # the first block, hidden


def test_faces_that_do_not_decode_are_left_out_and_named(make_pair, tmp_path):
    config, path = make_pair()
    config.test_dataloader.dataset.source.bad = [1]
    results = evaluate("table3", [(config, path)], out=tmp_path / "out", batch_size=2)
    assert results["skipped"] == ["1_1.png"] and results["num_images"] == 4
    assert {row["count"] for row in results["figures"]} == {4}
    assert read_all(tmp_path / "out")


def make_wrong(make_pair, tmp_path, kind):
    """Return the pairs, options and expected error of what cannot be evaluated."""
    config, path = make_pair()
    if kind == "checkpoint":
        config.model.generator.fc.channels = 6
        return [(config, path)], {}, CheckpointError, "is of another network than FCSRGenerator"
    if kind == "file":
        (tmp_path / "out").write_text("mine")
        return [(config, path)], {}, ConfigError, "--out .*out is a file; give a folder"
    if kind == "undecodable":
        config.test_dataloader.dataset.source.bad = [0, 1, 2, 3, 4]
        return [(config, path)], {}, DataError, "no face could be measured on the config's own"
    if kind == "few":
        for index in range(3):
            cv2.imwrite(str(tmp_path / f"{index}.png"), np.zeros((144, 144, 3), np.uint8))
        config.test_dataloader.dataset.source.split = "test"
        options = dict(data_root=tmp_path, max_images=99)
        return [(config, path)], options, DataError, "99 faces are wanted"
    if kind == "none":
        return [], {}, ConfigError, "no network to measure"
    option = {"batch": "batch_size", "images": "max_images"}[kind]
    return [(config, path)], {option: 0}, ConfigError, "is 0; expected at least 1"


@pytest.mark.parametrize(
    "kind", ["checkpoint", "file", "undecodable", "few", "none", "batch", "images"]
)
def test_what_cannot_be_evaluated_is_refused_and_nothing_written(
    make_pair, tmp_path, kind, monkeypatch
):
    monkeypatch.setattr(FaceFolder.__init__, "__defaults__", ("train", None, (0, 0, 1)))
    pairs, options, error, message = make_wrong(make_pair, tmp_path, kind)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error, match=message):
        evaluate("table3", pairs, out=tmp_path / "out", **options)
    assert sorted(tmp_path.iterdir()) == before


def test_a_side_that_cannot_have_the_hole_is_refused_and_nothing_written(make_pair, tmp_path):
    with pytest.raises(ConfigError, match="side is 4 px; expected a multiple of 8 px"):
        evaluate("fig9", [make_pair(scale=8)], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["table3", "a.py", "a.pth", "b.py"],
            "come in pairs; got 3 after the protocol: give the checkpoint of b.py",
        ),
        (["tabel3", "a.py", "a.pth"], "no protocol 'tabel3'"),
        (["table3", "a.py", "a.pth"], "no config at a.py"),
    ],
)
def test_the_tool_answers_a_wrong_command_line_in_one_line(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr("fcsrlib.cli.tool.tune_process", lambda: None)
    monkeypatch.setattr(sys, "argv", [str(TOOL), *arguments])
    assert runpy.run_path(str(TOOL))["main"]() == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
