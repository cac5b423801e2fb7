import importlib.util
import json
import sys

import cv2
import numpy as np
import pytest

from fcsrlib.data import CelebA, Helen, SyntheticFaces
from fcsrlib.data.align_face import CELEBA_ANCHORS, find_anchors
from fcsrlib.errors import DataError, MissingExtraError
from fcsrlib.inference.photo.face_finder import FaceFinder
from fcsrlib.preparation import align

SPLITS = ("train", "val", "test")
SIDE = 240


def turn(image, points, degrees):
    """Turn and shrink an image about its centre, with its points."""
    matrix = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), degrees, 0.8)
    moved = cv2.warpAffine(image, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return moved, points @ matrix[:, :2].T + matrix[:, 2]


@pytest.fixture(scope="module")
def turned():
    """Four drawn faces, turned, with their points and labels."""
    faces = SyntheticFaces(num_faces=4, side=SIDE, seed=5)
    samples = []
    for index, degrees in enumerate((-20, 0, 15, 30)):
        face = faces.read(index)
        image, points = turn(face["hr_target"], face["landmarks"], degrees)
        samples.append((image, points.astype(np.float32)))
    return samples


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1])


@pytest.fixture
def helen(tmp_path, turned):
    """The faces as 68 points and label maps in Helen's simple layout."""
    root = tmp_path / "helen"
    names = [f"{number}.png" for number in range(4)]
    for name, (image, _) in zip(names, turned, strict=True):
        write(root / "images" / name, image)
    (root / "labels").mkdir()
    cv2.imwrite(str(root / "labels" / "2.png"), np.full((SIDE, SIDE), 1, np.uint8))
    points = np.stack([points[:68] for _, points in turned])
    np.savez(root / "points_68.npz", names=np.array(names), points=points)
    (root / "split.txt").write_text("0.png train\n1.png val\n2.png train\n3.png test\n")
    return root


class KnownFaces(FaceFinder):
    """Stands in for dlib: knows the points of the images by their content."""

    description = "known faces"

    def __init__(self, turned):
        self.turned = turned

    def find(self, image):
        for known, points in self.turned:
            if np.array_equal(known, image):
                return points[:68]
        return None


@pytest.fixture
def photographs(tmp_path, turned, monkeypatch):
    """The faces as photographs, one without a face and a damaged one among them."""
    root = tmp_path / "photos"
    for number, (image, _) in enumerate(turned):
        write(root / "anna" / f"{number}.png", image)
    write(root / "wall.png", np.full((200, 300, 3), 90, np.uint8))
    (root / "bad.png").write_bytes(b"nothing")
    monkeypatch.setattr("fcsrlib.preparation.aligning.FaceFinder", lambda: KnownFaces(turned))
    monkeypatch.setattr("fcsrlib.data.face_folder.assign_split", lambda name, shares: "train")
    return root


def check_places(faces):
    for index in range(len(faces)):
        expected = np.array(CELEBA_ANCHORS) * (144 / 178) - 0.5
        # One similarity cannot bring all three points of a drawn face exactly to CelebA's mean.
        assert np.abs(find_anchors(faces.read(index)) - expected).max() < 4


def test_a_data_set_with_points_becomes_one_in_celebas_layout(helen, tmp_path):
    out = align(helen, tmp_path / "out", workers=1)
    lines = (out / "list_eval_partition.txt").read_text().splitlines()
    assert lines == ["000001.png 0", "000002.png 0", "000003.png 1", "000004.png 2"]
    assert (out / "names.txt").read_text().splitlines()[1:3] == [
        "000002.png 2.png",
        "000003.png 1.png",
    ]
    for split in SPLITS:
        aligned, source = CelebA(out, split), Helen(helen, split)
        check_places(aligned)
        for index in range(len(source)):
            one, other = aligned.read(index), source.read(index)
            assert np.abs(one["landmarks"][:68] - other["landmarks"][:68]).max() < 1e-3
            assert np.isnan(one["landmarks"][68:]).all()
            difference = one["hr_target"].astype(float) - other["hr_target"]
            assert np.abs(difference).mean() < 2  # it was resampled twice
    assert (CelebA(out).read(1)["parsing"] == Helen(helen).read(1)["parsing"]).mean() > 0.98
    assert (CelebA(out).read(0)["parsing"] == 255).all()
    assert not (out / "identity_CelebA.txt").exists()


def test_faces_of_photographs_are_found_and_moved_to_celebas_place(photographs, tmp_path):
    said = []
    out = align(photographs, tmp_path / "out", splits=["train"], workers=1, say=said.append)
    names = dict(line.split() for line in (out / "names.txt").read_text().splitlines())
    assert names == {f"{number + 1:06d}.png": f"anna/{number}.png" for number in range(4)}
    check_places(CelebA(out))
    assert "left out, undecodable: 1 of 6: bad.png" in said
    assert "left out, without face: 1 of 6: wall.png" in said
    entry = json.loads((out / "manifest.json").read_text())["commands"]["align"]
    expected = {"faces": 4, "undecodable": ["bad.png"], "without_face": ["wall.png"]}
    assert entry["results"] == expected
    assert entry["options"]["found_by"] == "known faces"
    assert np.load(out / "landmarks_68.npz")["points"].shape == (4, 68, 2)


def test_two_runs_give_the_same_bytes_and_the_second_does_nothing(helen, tmp_path, read_all):
    one, two = (align(helen, tmp_path / name, workers=w) for name, w in (("one", 1), ("two", 2)))
    assert read_all(one) == read_all(two)
    stamp, said = (one / "img_align_celeba" / "000001.png").stat().st_mtime_ns, []
    align(helen, one, workers=1, say=said.append)
    assert "nothing to do" in said[-1]
    assert (one / "img_align_celeba" / "000001.png").stat().st_mtime_ns == stamp


def test_an_interrupted_run_looks_unfinished_and_is_taken_up(
    helen, tmp_path, read_all, monkeypatch
):
    out = tmp_path / "out"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("fcsrlib.preparation.aligning._write_lists", interrupt)
        align(helen, out, workers=1)
    assert (out / "img_align_celeba" / "000001.png").is_file()
    with pytest.raises(DataError, match="list_eval_partition.txt is missing"):
        CelebA(out)
    align(helen, out, workers=1)
    assert read_all(out) == read_all(align(helen, tmp_path / "fresh", workers=1))


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "name", ["img_align_celeba/000001.png", "labels/000001.png", "list_eval_partition.txt"]
)
def test_a_data_set_that_is_there_is_not_overwritten(helen, tmp_path, read_all, name):
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    before = read_all(tmp_path / "mine")
    with pytest.raises(DataError, match=rf"mine has {name.split('/')[0]} already; give another"):
        align(helen, tmp_path / "mine", workers=1)
    assert read_all(tmp_path / "mine") == before == {name: b"mine"}


def test_people_of_lfw_keep_their_identity(tmp_path, turned):
    root, people = tmp_path / "lfw", ("Ann_Lee", "Bob_Ray")
    names = [f"{person}/{person}_{number:04d}.jpg" for person in people for number in (1, 2)]
    for name, (image, _) in zip(names, turned, strict=True):
        write(root / name, image)
    points = np.stack([points for _, points in turned])
    np.savez(root / "landmarks_81.npz", names=np.array(names), points=points)
    (root / "peopleDevTrain.txt").write_text("1\nAnn_Lee 2\n")
    (root / "peopleDevTest.txt").write_text("1\nBob_Ray 2\n")
    out = align(root, tmp_path / "out", splits=["train", "test"], workers=1)
    assert CelebA(out, "train").identities.tolist() == [0, 0]
    assert CelebA(out, "test").identities.tolist() == [1, 1]
    check_places(CelebA(out, "test"))


def test_what_is_aligned_already_is_refused(celeba, tmp_path):
    with pytest.raises(DataError, match=r"\(CelebA layout\) is aligned already"):
        align(celeba.root, tmp_path / "out")


def test_no_face_at_all_is_an_error(photographs, tmp_path, monkeypatch):
    monkeypatch.setattr("fcsrlib.preparation.aligning.FaceFinder", lambda: KnownFaces([]))
    with pytest.raises(DataError, match="no face was found in 6 images"):
        align(photographs, tmp_path / "out", splits=["train"], workers=1)


@pytest.mark.parametrize("package", ["dlib", "face_recognition_models"])
def test_photographs_without_the_extra_name_it(tmp_path, monkeypatch, package):
    write(tmp_path / "photos" / "1.png", np.zeros((150, 150, 3), np.uint8))
    monkeypatch.setattr("fcsrlib.data.face_folder.assign_split", lambda name, shares: "train")
    find = importlib.util.find_spec
    monkeypatch.setitem(sys.modules, "dlib", sys)
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *rest: None if name in (package, "face_recognition_models") else find("json"),
    )
    with pytest.raises(MissingExtraError, match=r"pip install 'fcsrlib\[photo\]'"):
        align(tmp_path / "photos", tmp_path / "out", splits=["train"], workers=1)
    assert not (tmp_path / "out").exists()
