import numpy as np
import pytest

from fcsrlib.data import LFW, AlignFace
from fcsrlib.data.align_face import find_anchors
from fcsrlib.data.sample import make_sample
from fcsrlib.data.similarity import fit_similarity, move_image, move_points
from fcsrlib.errors import ConfigError, DataError
from tests.data.conftest import write_png

PEOPLE = [f"Person_{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


@pytest.fixture
def lfw(tmp_path):
    """Twenty-six people with one to three images of 250x250."""
    root = tmp_path / "data"
    rng = np.random.default_rng(0)
    for number, person in enumerate(PEOPLE):
        for image in range(1, 2 + number % 3):
            pixels = rng.integers(0, 256, (250, 250, 3), dtype=np.uint8)
            write_png(root / f"lfw/{person}/{person}_{image:04d}.jpg", pixels)
    return root


def people_of(root, split, **options):
    return {name.split("/")[0] for name in LFW(root, split, **options).names}


def test_no_person_is_in_two_splits(lfw):
    splits = [people_of(lfw, split, shares=(0.5, 0.25, 0.25)) for split in ("train", "val", "test")]
    assert set.union(*splits) == set(PEOPLE)
    assert sum(map(len, splits)) == len(PEOPLE) and min(map(len, splits)) > 0


def test_more_people_move_nobody_to_another_split(lfw):
    before = people_of(lfw, "train")
    write_png(lfw / "lfw/Zoe/Zoe_0001.jpg", np.zeros((250, 250, 3), np.uint8))
    assert people_of(lfw, "train") - {"Zoe"} == before


@pytest.mark.parametrize("stem", ["people", "pairs"])
def test_the_lists_of_the_release_are_the_split(lfw, stem):
    train, test = PEOPLE[:20], PEOPLE[20:24]
    if stem == "people":
        rows = [[f"{person}\t1" for person in group] for group in (train, test)]
    else:
        rows = [
            [f"{one}\t1\t2" for one in group[::2]] + [f"{group[0]}\t1\t{one}\t1" for one in group]
            for group in (train, test)
        ]
    for part, lines in zip(("Train", "Test"), rows, strict=True):
        (lfw / f"{stem}Dev{part}.txt").write_text("\n".join([str(len(lines)), *lines]))
    assert people_of(lfw, "test") == set(test)
    splits = people_of(lfw, "train"), people_of(lfw, "val")
    assert splits[0] | splits[1] == set(train) and not splits[0] & splits[1]
    assert len(splits[0]) > len(splits[1]) > 0


def test_a_person_keeps_one_number(lfw):
    source = LFW(lfw, "test", shares=(0, 0, 1))
    numbers = {name.split("/")[0]: PEOPLE.index(name.split("/")[0]) for name in source.names}
    assert [source.read(index)["identity"] for index in range(6)] == [
        numbers[name.split("/")[0]] for name in source.names[:6]
    ]
    assert len(source) == len(source.identities) == sum(1 + number % 3 for number in range(26))
    assert len(LFW(lfw, "test", shares=(0, 0, 1), max_images=5)) == 5


def test_the_folder_of_people_can_be_the_root(lfw):
    assert LFW(lfw / "lfw").names == LFW(lfw).names


def test_faces_come_to_celebas_place_with_points_and_roughly_without(tmp_path, photos):
    # A detector's box of 250 / 2.2 pixels, the drawn face's eyes and mouth where it has them.
    places = np.array([(104.5, 112.5), (146.5, 112.5), (125.5, 155.5)]) - 0.5
    matrix = fit_similarity(find_anchors(photos[0]), places)
    image = move_image(photos[0]["hr_target"], matrix, 250)
    points = move_points(photos[0]["landmarks"], matrix)
    write_png(tmp_path / "Anna/Anna_0001.jpg", image)
    everyone = dict(split="test", shares=(0, 0, 1))
    bare = LFW(tmp_path, **everyone).read(0)
    assert np.isnan(bare["landmarks"]).all()
    np.savez(tmp_path / "landmarks_81.npz", names=["Anna/Anna_0001.jpg"], points=points[None])
    known = LFW(tmp_path, **everyone).read(0)
    expected = AlignFace().apply(make_sample("", image, points), {})
    np.testing.assert_allclose(known["landmarks"], expected["landmarks"], atol=1e-4)
    difference = np.abs(bare["hr_target"].astype(int) - known["hr_target"])
    assert difference.mean() < 6


def test_what_is_missing_or_malformed_is_named(lfw, tmp_path):
    with pytest.raises(DataError, match="none has no Person_Name/Person_Name_0001.jpg"):
        LFW(tmp_path / "none")
    (lfw / "peopleDevTrain.txt").write_text(f"1\n{PEOPLE[0]}\t1\n")
    with pytest.raises(DataError, match="peopleDevTest.txt is missing; expected it beside"):
        LFW(lfw)
    (lfw / "peopleDevTest.txt").write_text("1\nNobody\t1\n")
    with pytest.raises(DataError, match="peopleDevTest.txt names 1 people without a folder: Nob"):
        LFW(lfw)
    (lfw / "peopleDevTest.txt").write_text("1\n1 Nobody\n")
    with pytest.raises(DataError, match="peopleDevTest.txt:2: '1 Nobody'; expected names"):
        LFW(lfw)


def test_bad_shares_are_refused(lfw):
    with pytest.raises(DataError, match="None of the 26 people .* falls into the split 'val'"):
        LFW(lfw, "val", shares=(0.5, 0, 0.5))
    with pytest.raises(ConfigError, match="expected three shares"):
        LFW(lfw, shares=(1, 1))
