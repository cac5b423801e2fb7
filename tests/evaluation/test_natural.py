"""Fig. 12, 13: given masks brought to low resolution, and faces scored without a truth."""

import json

import cv2
import numpy as np
import pytest
import torch

from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.natural import frame_cover, frame_image, shrink_cover
from fcsrlib.evaluation.part_store import PartStore

FILES = ["holes.npz", "plot.png", "plot.svg", "results.json", "sheet.png", "table.md"]


@pytest.fixture
def folders(tmp_path):
    """Return folders of five images, four masks of three kinds, and two references."""
    root = tmp_path / "natural"
    for name in ("images", "masks", "references"):
        (root / name).mkdir(parents=True)
    for index in range(5):
        blocks = np.random.default_rng(index).integers(0, 255, (14, 12, 3), np.uint8)
        picture = cv2.resize(blocks, (178, 218), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(root / "images" / f"{index:04d}.png"), picture)
        if index in (1, 3):
            cv2.imwrite(str(root / "references" / f"{index:04d}.png"), picture[:, ::-1])
    for index, shape in ((0, (218, 178)), (1, (218, 178)), (3, (8, 8)), (4, (32, 32))):
        mask = np.zeros(shape, np.uint8)
        mask[shape[0] // 2 :, : shape[1] // 2] = 255
        cv2.imwrite(str(root / "masks" / f"{index:04d}.png"), mask)
    return root


def run(make_pair, folders, out, options=None, **more):
    given = {"masks": folders / "masks", **(options or {})}
    pairs = more.pop("pairs", None) or [make_pair()]
    return evaluate("natural", pairs, data_root=folders / "images", out=out, options=given, **more)


def find(results, method="toy"):
    return next(row for row in results["figures"] if row["method"] == method)


def test_one_covered_pixel_hides_its_small_pixel_and_no_other():
    mask = np.zeros((218, 178), np.uint8)
    # 178 -> 144 -> the central 128: column x lies at x * 144 / 178 - 8, row y at (y - 20) * ...
    mask[20 + 89, 89] = 255
    cover = frame_cover(mask, (218, 178), 128)
    rows, cols = np.nonzero(cover)
    assert set(rows) == set(cols) == {64}
    hole = shrink_cover(cover, 16)
    assert hole.sum() == 1 and hole[8, 8] == 1


def test_the_framed_face_is_that_of_the_library_s_reader(tmp_path, monkeypatch):
    from fcsrlib.data import FaceFolder
    from fcsrlib.data.transforms import CentreCrop

    monkeypatch.setattr(FaceFolder.__init__, "__defaults__", ("test", None, (0, 0, 1)))
    picture = np.random.default_rng(0).integers(0, 255, (218, 178, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), picture[..., ::-1])
    sample = CentreCrop(128).apply(FaceFolder(tmp_path).read(0), {})
    assert np.array_equal(frame_image(picture, 128), sample["hr_target"])


def test_aligned_crops_are_taken_whole_and_small_ones_enlarged():
    crop = np.random.default_rng(1).integers(0, 255, (128, 128, 3), np.uint8)
    assert np.array_equal(frame_image(crop, 128), crop)
    assert frame_image(crop[:16, :16], 128).shape == (128, 128, 3)
    mask = np.zeros((16, 16), np.uint8)
    mask[3, 5] = 255
    cover = frame_cover(mask, (16, 16), 128)
    assert np.array_equal(shrink_cover(cover, 16), mask // 255)
    assert np.array_equal(frame_cover(mask, (218, 178), 128), cover)  # a mask at low resolution


def test_a_mask_s_level_of_128_is_covered_and_127_is_not():
    mask = np.full((16, 16), 127, np.uint8)
    mask[0, 0] = 128
    assert shrink_cover(frame_cover(mask, (16, 16), 128), 16).sum() == 1


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(DataError, match="mask is 10x10; expected 178x218 like its image, or a"):
        frame_cover(np.zeros((10, 10), np.uint8), (218, 178), 128)


def test_every_face_with_a_mask_is_restored_and_the_files_are_counted(make_pair, folders, tmp_path):
    results = run(make_pair, folders, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    assert results["counts"] == {
        "images": 5,
        "without_mask": 1,
        "masks_without_image": 0,
        "with_reference": 0,
    }
    row = find(results)
    assert row["count"] == 4 and 0.2 < row["hidden_share"] < 0.35
    assert "psnr" not in row and row["visible_lr_psnr"] > 5
    with np.load(tmp_path / "out" / "holes.npz", allow_pickle=False) as file:
        covers = np.unpackbits(file["given/cover"], axis=1).reshape(4, 32, 32)
    assert shrink_cover(covers[2], 8).mean() == pytest.approx(0.25)  # given at low resolution
    assert "low-resolution pixel is hidden if any part" in results["conditions"][0]["hole"]["rule"]


def test_a_completion_leaves_what_is_visible_as_it_is(make_pair, folders, tmp_path):
    results = run(make_pair, folders, tmp_path / "out", pairs=[make_pair(restores=False)])
    assert find(results)["visible_lr_psnr"] == 100
    assert results["references"] == ["Telea x4"]


def test_references_are_compared_where_a_face_has_one(make_pair, folders, tmp_path, toy_embedder):
    options = {"references": folders / "references", "embedder": toy_embedder}
    results = run(make_pair, folders, tmp_path / "out", options)
    assert results["counts"]["with_reference"] == 2
    assert -1 <= find(results)["identity"] <= 1
    swapped = {**options, "references": folders / "images"}
    same = run(make_pair, folders, tmp_path / "same", swapped)
    assert same["counts"]["with_reference"] == 4
    assert find(same)["identity"] != find(results)["identity"]
    assert "identity" in (tmp_path / "out" / "table.md").read_text()


def test_bytes_are_equal_twice_and_after_an_interruption(
    make_pair, folders, tmp_path, monkeypatch, toy_embedder
):
    options = {"references": folders / "references", "embedder": toy_embedder}
    run(make_pair, folders, tmp_path / "whole", options, batch_size=2)
    add = PartStore.add

    def stop_at_the_second(store, part):
        if store.folder.is_dir():
            raise KeyboardInterrupt
        add(store, part)

    monkeypatch.setattr(PartStore, "add", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run(make_pair, folders, tmp_path / "out", options, batch_size=2)
    monkeypatch.setattr(PartStore, "add", add)
    run(make_pair, folders, tmp_path / "out", options, batch_size=2)
    for name in FILES:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_the_batch_size_does_not_change_the_figures(make_pair, folders, tmp_path, toy_embedder):
    options = {"references": folders / "references", "embedder": toy_embedder}
    rows = [
        run(make_pair, folders, tmp_path / str(size), options, batch_size=size)["figures"]
        for size in (1, 16)
    ]
    for one, other in zip(*rows, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_damaged_files_are_left_out_and_named(make_pair, folders, tmp_path):
    (folders / "masks" / "0001.png").write_bytes(b"\x89PNG broken")
    results = run(make_pair, folders, tmp_path / "out", batch_size=2)
    assert results["skipped"] == ["0001.png"] and results["num_images"] == 3


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"masks": None}, ConfigError, "natural needs --masks FOLDER"),
        ({"masks": "absent"}, DataError, "--masks absent is no folder"),
        ({"references": "absent"}, DataError, "--references absent is no folder"),
        ({"embedder": "light"}, ConfigError, "--embedder is 'light'; expected lightcnn9, dlib"),
        ({"embedder": "lightcnn9"}, ConfigError, "lightcnn9 has no weights"),
        ({"embedder_weights": "x.pth"}, ConfigError, "--embedder-weights has no embedder"),
        ({"face_prior": ("absent.py", "x.pth")}, ConfigError, "no config at absent.py"),
        ({"perceptual": True}, ConfigError, "natural does not know the option perceptual"),
    ],
)
def test_bad_options_are_refused_and_nothing_written(
    make_pair, folders, tmp_path, options, error, message
):
    with pytest.raises(error, match=message):
        run(make_pair, folders, tmp_path / "out", options)
    assert not (tmp_path / "out").exists()


def test_a_judge_without_references_is_refused(make_pair, folders, tmp_path, toy_embedder):
    with pytest.raises(ConfigError, match="no truth to judge by; give --references"):
        run(make_pair, folders, tmp_path / "out", {"embedder": toy_embedder})


def test_folders_that_do_not_belong_together_are_refused(make_pair, folders, tmp_path):
    for path in (folders / "references").iterdir():
        path.rename(path.with_name(f"other{path.name}"))
    with pytest.raises(DataError, match="references has other0001, other0003, none of which is"):
        run(make_pair, folders, tmp_path / "out", {"references": folders / "references"})
    with pytest.raises(DataError, match="--masks .* none of which is the stem of an image"):
        run(make_pair, folders, tmp_path / "out", {"masks": folders / "references"})
    assert not (tmp_path / "out").exists()


def test_a_mask_that_does_not_fit_is_named_and_nothing_written(make_pair, folders, tmp_path):
    cv2.imwrite(str(folders / "masks" / "0000.png"), np.zeros((100, 90), np.uint8))
    with pytest.raises(DataError, match=r"0000.png: the mask is 90x100; expected 178x218 like"):
        run(make_pair, folders, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_of_another_network_is_refused(make_pair, folders, tmp_path):
    config, path = make_pair()
    config.model.generator.fc.channels = 6
    with pytest.raises(CheckpointError, match="is of another network"):
        run(make_pair, folders, tmp_path / "out", pairs=[(config, path)])
    assert not (tmp_path / "out").exists()


def test_masks_inside_the_image_folder_are_no_images(make_pair, folders, tmp_path):
    given = {"masks": folders / "masks", "references": folders / "references"}
    results = evaluate(
        "natural", [make_pair()], data_root=folders, out=tmp_path / "out", options=given
    )
    assert results["counts"]["images"] == 5


def test_what_is_visible_is_compared_at_low_resolution_alone(make_pair, folders, tmp_path):
    (row,) = (
        row
        for row in run(make_pair, folders, tmp_path / "out", max_images=1)["figures"]
        if row["method"] == "bicubic x4"
    )
    image = cv2.imread(str(folders / "images" / "0000.png"))[..., ::-1]
    small = torch.nn.functional.interpolate(
        torch.from_numpy(frame_image(image, 32)).permute(2, 0, 1)[None].double() / 255,
        scale_factor=0.25,
        mode="bicubic",
        antialias=True,
    )
    given = (small.clamp(0, 1) * 255).round()
    mask = cv2.imread(str(folders / "masks" / "0000.png"), cv2.IMREAD_GRAYSCALE)
    hole = torch.from_numpy(shrink_cover(frame_cover(mask, (218, 178), 32), 8))
    enlarged = torch.nn.functional.interpolate(
        given / 255 * (1 - hole), scale_factor=4, mode="bicubic", antialias=True
    )
    stored = (enlarged.clamp(0, 1) * 255).round() / 255
    back = torch.nn.functional.interpolate(
        stored, scale_factor=0.25, mode="bicubic", antialias=True
    )
    error = (back.clamp(0, 1) * 255 - given)[..., hole == 0]
    assert row["visible_lr_psnr"] == pytest.approx(
        float(20 * np.log10(255) - 10 * torch.log10(error.square().mean())), abs=1e-3
    )
