"""Fig. 6: the agreement of restorations by hand, and the protocol around it."""

import json
from itertools import combinations

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.consistency import score_agreement
from fcsrlib.evaluation.part_store import PartStore


@pytest.fixture
def images():
    """Return three restorations of two faces, (3, 2, 3, 16, 16)."""
    levels = np.random.default_rng(5).integers(0, 256, (3, 2, 3, 16, 16))
    return torch.from_numpy(levels).double() / 255


def hide_nothing(images):
    return torch.zeros(*images.shape[:2], 1, *images.shape[3:])


def test_equal_restorations_agree_completely_and_are_as_far_from_the_truth_as_they_are(images):
    same = images[:1].expand(3, -1, -1, -1, -1)
    scores = score_agreement(same, images[1], hide_nothing(same))
    assert scores["pair_psnr"].tolist() == [100, 100]  # the cap
    assert scores["pair_mssim"].tolist() == pytest.approx([1, 1])
    assert scores["spread_levels"].tolist() == [0, 0]
    expected = peak_signal_noise_ratio(same[0, 0].numpy(), images[1, 0].numpy(), data_range=1)
    assert scores["psnr"][0].item() == pytest.approx(expected)


def test_the_spread_of_two_restorations_is_half_their_difference():
    images = torch.full((2, 1, 3, 4, 4), 100 / 255, dtype=torch.float64)
    images[1] += 6 / 255
    scores = score_agreement(images, images[0], hide_nothing(images))
    assert scores["spread_levels"].item() == pytest.approx(3)
    assert scores["pair_psnr"].item() == pytest.approx(20 * np.log10(255 / 6))
    assert torch.isnan(scores["pair_mssim"]).all()  # smaller than its window


def test_pairs_agree_with_an_independent_implementation(images):
    scores = score_agreement(images, images[0], hide_nothing(images))
    pairs = list(combinations(images[:, 1].numpy(), 2))
    expected = [
        structural_similarity(
            one,
            other,
            data_range=1,
            channel_axis=0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for one, other in pairs
    ]
    assert scores["pair_mssim"][1].item() == pytest.approx(np.mean(expected), abs=1e-9)
    decibels = [peak_signal_noise_ratio(one, other, data_range=1) for one, other in pairs]
    assert scores["pair_psnr"][1].item() == pytest.approx(np.mean(decibels))
    for name in ("psnr", "mssim"):  # nothing is hidden
        assert torch.allclose(scores[f"visible_pair_{name}"], scores[f"pair_{name}"])


def test_what_either_hid_does_not_count_where_both_saw_the_face(images):
    same = images[:1].expand(3, -1, -1, -1, -1).clone()
    holes = hide_nothing(same)
    for number in range(3):
        holes[number, ..., number, :] = 1
        same[number, ..., number, :] = number / 255
    scores = score_agreement(same, images[0], holes)
    assert scores["visible_pair_psnr"].tolist() == [100, 100]
    assert (scores["pair_psnr"] < 30).all()


def test_a_pair_that_saw_nothing_together_is_left_out(images):
    holes = hide_nothing(images)
    holes[0] = 1
    scores = score_agreement(images, images[0], holes)
    expected = peak_signal_noise_ratio(images[1, 0].numpy(), images[2, 0].numpy(), data_range=1)
    assert scores["visible_pair_psnr"][0].item() == pytest.approx(expected)


def find(results, method):
    return next(row for row in results["figures"] if row["method"] == method)


def test_the_protocol_compares_every_network_with_the_references(make_pair, tmp_path):
    results = evaluate("consistency", [make_pair()], out=tmp_path / "out", options={"num_holes": 3})
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    assert [row["method"] for row in results["figures"]] == [
        "toy",
        "Telea, bicubic x4",
        "bicubic x4",
    ]
    row = find(results, "toy")
    assert row["visible_pair_psnr"] > row["pair_psnr"] and row["spread_levels"] > 0
    with np.load(tmp_path / "out" / "holes.npz", allow_pickle=False) as file:
        holes = np.unpackbits(file["quarter/holes_8px"], axis=-1)
    assert holes.shape == (5, 3, 64) and (holes.sum(-1) == 16).all()
    assert len({one.tobytes() for one in holes.reshape(15, 64)}) > 3


def test_the_first_hole_is_that_of_the_other_protocols(make_pair, tmp_path):
    evaluate("consistency", [make_pair()], out=tmp_path / "many", options={"num_holes": 2})
    evaluate("table6", [make_pair()], out=tmp_path / "one")
    with (
        np.load(tmp_path / "many" / "holes.npz") as many,
        np.load(tmp_path / "one/holes.npz") as one,
    ):
        assert np.array_equal(many["quarter/holes_8px"][:, 0], one["quarter/hole_8px"])


def test_a_completion_alone_is_compared_at_low_resolution(make_pair, tmp_path):
    results = evaluate(
        "consistency", [make_pair(restores=False)], out=tmp_path / "out", options={"num_holes": 2}
    )
    assert results["references"] == ["Telea x4"]
    assert find(results, "toy")["visible_pair_psnr"] == 100  # the composite keeps what is visible
    assert find(results, "toy")["pair_mssim"] is None
    assert "MSSIM" not in (tmp_path / "out" / "table.md").read_text().split("\n\n")[-1]


def test_bytes_are_equal_twice_and_after_an_interruption(make_pair, tmp_path, monkeypatch):
    options = {"options": {"num_holes": 2}, "batch_size": 2}
    evaluate("consistency", [make_pair()], out=tmp_path / "whole", **options)
    add = PartStore.add

    def stop_at_the_second(store, part):
        if store.folder.is_dir():
            raise KeyboardInterrupt
        add(store, part)

    monkeypatch.setattr(PartStore, "add", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        evaluate("consistency", [make_pair()], out=tmp_path / "out", **options)
    monkeypatch.setattr(PartStore, "add", add)
    with pytest.raises(ConfigError, match="with another num_holes"):
        evaluate("consistency", [make_pair()], out=tmp_path / "out", options={"num_holes": 3})
    evaluate("consistency", [make_pair()], out=tmp_path / "out", **options)
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "out").iterdir())
    for name in names:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_the_batch_size_does_not_change_the_figures(make_pair, tmp_path):
    rows = [
        evaluate(
            "consistency",
            [make_pair()],
            out=tmp_path / str(size),
            batch_size=size,
            options={"num_holes": 2},
        )["figures"]
        for size in (1, 16)
    ]
    for one, other in zip(*rows, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("count", [1, 65, "8", True])
def test_an_impossible_number_of_holes_is_refused(make_pair, tmp_path, count):
    with pytest.raises(ConfigError, match=f"--num-holes is {count!r}; expected 2 to 64"):
        evaluate("consistency", [make_pair()], out=tmp_path / "out", options={"num_holes": count})
    assert not (tmp_path / "out").exists()
