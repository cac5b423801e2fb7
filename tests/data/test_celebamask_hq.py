import json

import numpy as np
import pytest

from fcsrlib.data import CelebAMaskHQ, RandomMirror
from fcsrlib.data.face_labels import CELEBAMASK_TO_HELEN
from fcsrlib.data.similarity import make_resizing, move_labels
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError
from tests.data.conftest import write_png

PARTS = {1: "skin", 2: "l_brow", 3: "r_brow", 4: "l_eye", 5: "r_eye"} | {
    6: "nose",
    7: "u_lip",
    8: "mouth",
    9: "l_lip",
    10: "hair",
}


@pytest.fixture
def release(tmp_path, photos):
    """Four faces in the release's layout; the last lies in the second folder of masks."""
    root = tmp_path / "CelebAMask-HQ"
    numbers = (0, 1, 2, 2000)
    for number, photo in zip(numbers, photos, strict=True):
        write_png(root / f"CelebA-HQ-img/{number}.jpg", photo["hr_target"])
        half = move_labels(photo["parsing"], make_resizing((192, 192), (96, 96)), 96)
        for label, part in PARTS.items():
            if (half == label).any():
                mask = np.where(half == label, 255, 0).astype(np.uint8)
                folder = root / f"CelebAMask-HQ-mask-anno/{number // 2000}"
                write_png(folder / f"{number:05d}_{part}.png", np.repeat(mask[..., None], 3, 2))
    rows = [f"{number}       {9 - row}  {row + 1:06d}.jpg" for row, number in enumerate(numbers)]
    mapping = "\n".join(["idx     orig_idx    orig_file", *rows])
    (root / "CelebA-HQ-to-CelebA-mapping.txt").write_text(mapping)
    partition = ["000001.jpg 0", "000002.jpg 1", "000003.jpg 2", "000004.jpg 0", "000005.jpg 0"]
    (root / "list_eval_partition.txt").write_text("\n".join(partition))
    return root


@pytest.fixture
def label_maps(tmp_path, photos):
    """The same faces as label maps of the 19 classes."""
    root = tmp_path / "maps"
    to_19 = {helen: list(CELEBAMASK_TO_HELEN).index(part) for helen, part in PARTS.items()}
    table = np.array([0] + [to_19[label] for label in range(1, 11)], np.uint8)
    for number, photo in enumerate(photos, 1):
        write_png(root / f"images/{number:04d}.jpg", photo["hr_target"])
        write_png(root / f"labels/{number:04d}.png", table[photo["parsing"]])
    rows = ["0001.jpg train", "0002.jpg val", "0003.jpg test", "0004.jpg train"]
    (root / "split.txt").write_text("\n".join(rows))
    (root / "classes.json").write_text(json.dumps(list(CELEBAMASK_TO_HELEN)))
    return root


def write_points(root, photos, names):
    points = np.stack([photo["landmarks"] for photo in photos])
    np.savez(root / "landmarks_81.npz", names=np.array(names), points=points)


def test_the_release_is_split_as_celeba_is(release):
    assert CelebAMaskHQ(release, "train").names == ["0.jpg", "2000.jpg"]
    assert CelebAMaskHQ(release, "val").names == ["1.jpg"]
    assert CelebAMaskHQ(release, "test").names == ["2.jpg"]
    assert len(CelebAMaskHQ(release, "train", max_images=1)) == 1


def test_the_masks_of_the_release_become_one_label_map(release, photos):
    source = CelebAMaskHQ(release)
    for index, photo in enumerate((photos[0], photos[3])):
        sample = source.read(index)
        assert sample["hr_target"].shape == (144, 144, 3) and sample["parsing"].shape == (144, 144)
        assert np.isnan(sample["landmarks"]).all() and sample["landmarks"].shape == (81, 2)
        assert sample["identity"] == -1
        assert set(np.unique(photo["parsing"])) >= set(np.unique(sample["parsing"])) - {255}


def test_both_layouts_give_the_same_faces(release, label_maps, photos):
    write_points(release, photos, ["0.jpg", "1.jpg", "2.jpg", "2000.jpg"])
    write_points(label_maps, photos, [f"{number:04d}.jpg" for number in range(1, 5)])
    for index in range(2):
        one = CelebAMaskHQ(release).read(index)
        other = CelebAMaskHQ(label_maps).read(index)
        assert np.array_equal(one["hr_target"], other["hr_target"])
        np.testing.assert_allclose(one["landmarks"], other["landmarks"], atol=1e-4)
        assert (one["parsing"] == other["parsing"]).mean() > 0.95  # masks have half the side


def test_later_parts_cover_earlier_ones(release):
    hair = release / "CelebAMask-HQ-mask-anno/0/00000_hair.png"
    hat = hair.with_name("00000_hat.png")
    write_png(hair, np.full((96, 96), 255, np.uint8))
    assert np.isin(CelebAMaskHQ(release).read(0)["parsing"], (10, 255)).all()
    write_png(hat, np.full((96, 96), 255, np.uint8))
    assert np.isin(CelebAMaskHQ(release).read(0)["parsing"], (0, 255)).all()


@pytest.mark.parametrize("layout", ["release", "label_maps"])
def test_a_mirrored_face_has_mirrored_labels_and_landmarks(layout, photos, request):
    root = request.getfixturevalue(layout)
    names = ["0.jpg", "1.jpg", "2.jpg", "2000.jpg"]
    if layout == "label_maps":
        names = [f"{number:04d}.jpg" for number in range(1, 5)]
    write_points(root, photos, names)
    sample = CelebAMaskHQ(root).read(0)
    mirrored = RandomMirror(1).apply(sample, {"mirror": True})
    for face in (sample, mirrored):
        # The person's left brow and eye lie right of the right ones, in labels as in landmarks.
        for left, right, points in ((2, 3, (22, 17)), (4, 5, (42, 36))):
            columns = [np.nonzero(face["parsing"] == label)[1].mean() for label in (left, right)]
            assert columns[0] > columns[1]
            for column, point in zip(columns, points, strict=True):
                part = face["landmarks"][point : point + 5, 0]
                assert part.min() - 3 < column < part.max() + 3
    assert np.array_equal(mirrored["hr_target"], sample["hr_target"][:, ::-1])
    brow = sample["parsing"][:, ::-1] == 2  # the left brow's pixels, mirrored, are the right brow
    assert (mirrored["parsing"][brow] == 3).all() and brow.any()


def test_exchanged_sides_are_put_right(label_maps):
    expected = CelebAMaskHQ(label_maps).read(0)
    names = list(CELEBAMASK_TO_HELEN)
    for one, other in (("l_eye", "r_eye"), ("l_brow", "r_brow")):
        row, column = names.index(one), names.index(other)
        names[row], names[column] = names[column], names[row]
    (label_maps / "classes.json").write_text(json.dumps(names))
    sample = CelebAMaskHQ(label_maps).read(0)
    assert np.array_equal(sample["parsing"], expected["parsing"])


def test_helen11_json_overrides_the_merge(label_maps):
    merge = {"map": [0] * 19}
    (label_maps / "helen11.json").write_text(json.dumps(merge))
    assert np.isin(CelebAMaskHQ(label_maps).read(0)["parsing"], (0, 255)).all()


def test_a_face_without_masks_is_unknown_and_at_the_mean_place(release):
    for path in (release / "CelebAMask-HQ-mask-anno/0").glob("00000_*"):
        path.unlink()
    sample = CelebAMaskHQ(release).read(0)
    assert (sample["parsing"] == 255).all() and sample["hr_target"].shape == (144, 144, 3)


def test_shares_divide_without_any_list(release):
    (release / "list_eval_partition.txt").unlink()
    source = CelebAMaskHQ(release, "test", shares=(0, 0, 1))
    assert source.names == ["0.jpg", "1.jpg", "2.jpg", "2000.jpg"]
    with pytest.raises(DataError, match="None of the 4 images .* falls into the split 'train'"):
        CelebAMaskHQ(release, "train", shares=(0, 0, 1))
    with pytest.raises(ConfigError, match="expected three shares"):
        CelebAMaskHQ(release, shares=(1, 1, 1))


@pytest.mark.parametrize(
    "missing,message",
    [
        ("list_eval_partition.txt", "list_eval_partition.txt is missing"),
        ("CelebA-HQ-to-CelebA-mapping.txt", "CelebA-HQ-to-CelebA-mapping.txt is missing"),
        ("CelebA-HQ-img/2000.jpg", r"CelebA-HQ-img lacks 1 file\(s\) .*: 2000.jpg"),
    ],
)
def test_what_is_missing_is_named(release, missing, message):
    (release / missing).unlink()
    with pytest.raises(DataError, match=message):
        CelebAMaskHQ(release)


def test_a_folder_of_neither_layout_is_refused(tmp_path, label_maps):
    with pytest.raises(DataError, match="images is missing; expected CelebA-HQ-img/ and"):
        CelebAMaskHQ(tmp_path / "none")
    (label_maps / "split.txt").unlink()
    with pytest.raises(DataError, match="split.txt is missing"):
        CelebAMaskHQ(label_maps)


def test_malformed_lists_are_named(release, label_maps):
    (release / "CelebA-HQ-to-CelebA-mapping.txt").write_text("idx orig_idx orig_file\n0 1\n")
    with pytest.raises(DataError, match="mapping.txt:2: '0 1'; expected number"):
        CelebAMaskHQ(release)
    (label_maps / "split.txt").write_text("0001.jpg training\n")
    with pytest.raises(DataError, match="split.txt:1: '0001.jpg training'; expected a file name"):
        CelebAMaskHQ(label_maps)
    (label_maps / "split.txt").write_text("0001.jpg val\n")
    with pytest.raises(DataError, match="assigns no image to the split 'train'"):
        CelebAMaskHQ(label_maps)


def test_a_partition_of_other_names_is_refused(release):
    (release / "list_eval_partition.txt").write_text("1.png 0\n")
    with pytest.raises(DataError, match="puts none of the 4 faces"):
        CelebAMaskHQ(release)


def test_masks_that_do_not_fit_are_refused(release):
    path = release / "CelebAMask-HQ-mask-anno/0/00000_nose.png"
    write_png(path, np.zeros((8, 9), np.uint8))
    with pytest.raises(DataError, match="00000_nose.png is 9x8; expected 96x96 like the other"):
        CelebAMaskHQ(release).read(0)
    path.write_bytes(b"nothing")
    with pytest.raises(UndecodableImageError, match="00000_nose.png"):
        CelebAMaskHQ(release).read(0)
