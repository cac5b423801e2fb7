import numpy as np
import pytest

from fcsrlib.data import AlignFace, Helen, RandomMirror
from fcsrlib.errors import ConfigError, DataError
from tests.data.conftest import write_png

NAMES = ("100032540_1", "10405299_1", "2908549_1", "30427236_1")


@pytest.fixture
def release(tmp_path, photos):
    """Four faces in the layout of the release with eleven soft masks."""
    root = tmp_path / "SmithCVPR2013_dataset_resized"
    for name, photo in zip(NAMES, photos, strict=True):
        write_png(root / f"images/{name}.jpg", photo["hr_target"])
        for label in range(11):
            soft = np.where(photo["parsing"] == label, 160, 40).astype(np.uint8)
            write_png(root / f"labels/{name}/{name}_lbl{label:02d}.png", soft)
    (root / "exemplars.txt").write_text(f"1 , {NAMES[0]}\n2 , {NAMES[1]}\n")
    (root / "tuning.txt").write_text(f"1 , {NAMES[2]}\n")
    (root / "testing.txt").write_text(f"1 , {NAMES[3]}\n\n")
    return root


@pytest.fixture
def of_300w(tmp_path, photos):
    """Thirty faces with 68 points in 300-W's layout; the same four pictures again and again."""
    root = tmp_path / "helen"
    for number in range(30):
        photo = photos[number % 4]
        path = root / ("testset" if number < 5 else "trainset") / f"{number}.jpg"
        write_png(path, photo["hr_target"])
        rows = "\n".join(f"{x + 1:.4f} {y + 1:.4f}" for x, y in photo["landmarks"][:68])
        path.with_suffix(".pts").write_text(f"version: 1\nn_points: 68\n{{\n{rows}\n}}\n")
    return root


@pytest.fixture
def pack(tmp_path, photos):
    """Points in one file, a list of splits, label maps for some."""
    root = tmp_path / "pack"
    for name, photo in zip(NAMES, photos, strict=True):
        write_png(root / f"images/{name}.jpg", photo["hr_target"])
    write_png(root / f"labels/{NAMES[0]}.png", photos[0]["parsing"])
    points = np.stack([photo["landmarks"][:68] for photo in photos])
    np.savez(root / "points_68.npz", names=[f"{name}.jpg" for name in NAMES], points=points)
    splits = ("train", "train", "val", "test")
    rows = [f"{name}.jpg {split}" for name, split in zip(NAMES, splits, strict=True)]
    (root / "split.txt").write_text("\n".join(rows))
    return root


def test_exemplars_tuning_and_testing_are_the_splits(release):
    assert Helen(release, "train").names == [f"{name}.jpg" for name in NAMES[:2]]
    assert Helen(release, "val").names == [f"{NAMES[2]}.jpg"]
    assert Helen(release, "test").names == [f"{NAMES[3]}.jpg"]
    assert len(Helen(release, "train", max_images=1)) == 1


def test_the_brightest_soft_mask_is_the_class(release, pack, photos):
    (pack / "points_68.npz").unlink()  # both are then aligned by the same labels
    one, other = Helen(release).read(0), Helen(pack).read(0)
    assert np.array_equal(one["parsing"], other["parsing"])
    assert np.array_equal(one["hr_target"], other["hr_target"])
    assert set(np.unique(one["parsing"])) - {255} <= set(np.unique(photos[0]["parsing"]))
    assert np.isnan(one["landmarks"]).all()


def test_a_mirrored_left_brow_is_a_right_brow(release, photos):
    np.savez(
        release / "landmarks_81.npz",
        names=[f"{name}.jpg" for name in NAMES],
        points=np.stack([photo["landmarks"] for photo in photos]),
    )
    sample = Helen(release).read(1)
    mirrored = RandomMirror(1).apply(sample, {"mirror": True})
    for face in (sample, mirrored):
        for label, points in ((2, range(22, 27)), (3, range(17, 22)), (4, range(42, 48))):
            rows, columns = np.nonzero(face["parsing"] == label)
            centre = face["landmarks"][list(points)].mean(0)
            np.testing.assert_allclose((columns.mean(), rows.mean()), centre, atol=5)


def test_helens_other_convention_of_sides_is_put_right(release):
    expected = Helen(release).read(0)["parsing"]
    folder = release / f"labels/{NAMES[0]}"
    for one, other in ((2, 3), (4, 5)):
        paths = [folder / f"{NAMES[0]}_lbl{label:02d}.png" for label in (one, other)]
        first, second = (path.read_bytes() for path in paths)
        paths[0].write_bytes(second)
        paths[1].write_bytes(first)
    assert np.array_equal(Helen(release).read(0)["parsing"], expected)


def test_68_points_are_the_first_of_81_and_need_no_labels(of_300w, pack):
    for root in (of_300w, pack):
        sample = Helen(root, "test").read(0)
        assert sample["landmarks"].shape == (81, 2)
        assert np.isfinite(sample["landmarks"][:68]).all()
        assert np.isnan(sample["landmarks"][68:]).all()
        assert (sample["parsing"] == 255).all()
        assert Helen(root, "test", num_landmarks=68).read(0)["landmarks"].shape == (68, 2)
    assert (Helen(pack).read(0)["parsing"] < 11).any()


def test_the_points_lie_on_the_aligned_face(of_300w, photos):
    labelled = {36: 5, 42: 4}
    source = Helen(of_300w, "test")
    expected = AlignFace().apply(photos[int(source.names[0][0]) % 4], {})
    points = source.read(0)["landmarks"]
    np.testing.assert_allclose(points[:68], expected["landmarks"][:68], atol=0.01)
    for first, label in labelled.items():
        rows, columns = np.nonzero(expected["parsing"] == label)
        centre = points[first : first + 6].mean(0)
        np.testing.assert_allclose((columns.mean(), rows.mean()), centre, atol=2)


def test_a_tenth_of_300ws_trainset_is_val(of_300w):
    splits = {split: Helen(of_300w, split).names for split in ("train", "test")}
    assert len(splits["test"]) == 5
    val = set(map(str, range(5, 30))) - {name[:-4] for name in splits["train"]}
    assert 0 < len(val) < 8
    assert {name[:-4] for name in Helen(of_300w, "val").names} == val


@pytest.mark.parametrize(
    "missing,message",
    [
        ("exemplars.txt", "exemplars.txt is missing; expected Helen's exemplars.txt, tuning.txt"),
        (f"images/{NAMES[1]}.jpg", rf"images lacks 1 file\(s\) .*: {NAMES[1]}.jpg"),
    ],
)
def test_what_is_missing_of_the_release_is_named(release, missing, message):
    (release / missing).unlink()
    with pytest.raises(DataError, match=message):
        Helen(release)


def test_a_missing_mask_or_point_file_is_named(release, of_300w):
    (release / f"labels/{NAMES[0]}/{NAMES[0]}_lbl07.png").unlink()
    with pytest.raises(DataError, match=f"lacks 1 .*: {NAMES[0]}_lbl07.png"):
        Helen(release).read(0)
    (of_300w / "testset/3.pts").unlink()
    with pytest.raises(DataError, match="testset lacks 1 .*: 3.pts"):
        Helen(of_300w, "test")


def test_missing_folders_are_named(release, tmp_path):
    (release / "labels").rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="labels is missing; expected Helen's masks"):
        Helen(release)
    (release / "images").rename(tmp_path / "pictures")
    (release / "split.txt").write_text("a.jpg train\n")
    with pytest.raises(DataError, match="images is missing; expected Helen's images"):
        Helen(release)


def test_malformed_lists_and_masks_are_named(release):
    write_png(release / f"labels/{NAMES[0]}/{NAMES[0]}_lbl07.png", np.zeros((3, 3), np.uint8))
    with pytest.raises(DataError, match="masks of .* are of the shapes"):
        Helen(release).read(0)
    (release / "tuning.txt").write_text(NAMES[2])
    with pytest.raises(DataError, match=f"tuning.txt:1: '{NAMES[2]}'; expected '1 , 100032540_1'"):
        Helen(release, "val")
    (release / "tuning.txt").write_text("\n")
    with pytest.raises(DataError, match="tuning.txt names no image"):
        Helen(release, "val")
    with pytest.raises(ConfigError, match="split is 'all'"):
        Helen(release, "all")
