"""Finding and restoring, as the page's buttons do."""

import numpy as np
import pytest

from fcsrlib.data import FaceDataset, SyntheticFaces
from fcsrlib.demo import answers as module
from fcsrlib.demo.answers import Answers, Wishes, is_aligned
from fcsrlib.demo.models import Models
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.inference.image_io import FoundImage
from fcsrlib.inference.photo.face_finder import FoundFace


@pytest.fixture(scope="module")
def face():
    """Return a drawn face and its 68 points."""
    sample = FaceDataset(SyntheticFaces(num_faces=1, side=160))[0]
    return sample["hr_target"], sample["landmarks"][:68]


@pytest.fixture
def photograph(face):
    """Return a photograph of 400x300 with that face at (120, 70), and its finder."""
    pixels, points = face
    photo = np.full((300, 400, 3), 90, np.uint8)
    photo[70:230, 120:280] = pixels
    box = (120.0, 70.0, 280.0, 230.0)
    return photo, Finder([FoundFace(points + np.float32([120, 70]), 1.0, box)])


class Finder:
    def __init__(self, faces):
        self.faces = faces

    def find_all(self, image):
        return self.faces


def ask(models, finder=None, find_hidden=None):
    return Answers(models, lambda: finder, find_hidden)


def find(pixels, notes=()):
    return FoundImage(pixels, "path", notes)


def make_hole(shape, rows, columns):
    hole = np.zeros(shape[:2], bool)
    hole[rows, columns] = True
    return hole


@pytest.mark.parametrize(
    "kind, size, expected",
    [
        ("auto", (256, 256), True),
        ("auto", (257, 200), False),
        ("auto", (100, 257), False),
        ("aligned", (999, 999), True),
        ("photo", (50, 50), False),
    ],
)
def test_the_longer_side_decides_what_a_photo_is_unless_it_is_told(kind, size, expected):
    assert is_aligned(np.zeros((*size, 3), np.uint8), kind) is expected


def test_another_kind_is_refused():
    with pytest.raises(ConfigError, match="kind of photo is 'cat'; expected one of auto"):
        is_aligned(np.zeros((20, 20, 3), np.uint8), "cat")


def test_visible_pixels_of_an_aligned_face_stay_and_hidden_ones_change(models, face):
    pixels = face[0]
    hole = make_hole(pixels.shape, slice(60, 90), slice(40, 120))
    answer = ask(models).restore(find(pixels), hole, Wishes())
    assert np.array_equal(answer.image[~hole], pixels[~hole])
    assert (answer.image[hole] != pixels[hole]).any(1).mean() > 0.9
    assert np.array_equal(answer.before, pixels) and np.array_equal(answer.after, answer.image)
    done, size = answer.notes
    assert done.startswith("restored as an aligned face, x4 in ") and size == "160x160 pixels"


def test_a_small_face_is_compared_with_its_repeated_pixels(models):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    answer = ask(models).restore(find(pixels), None, Wishes())
    assert answer.image.shape == answer.before.shape == (128, 128, 3)
    assert np.array_equal(answer.before, pixels.repeat(8, 0).repeat(8, 1))
    assert answer.notes[0].startswith("restored as an aligned face, x8 in ")


def test_what_was_decided_on_the_way_is_told(models):
    found = find(np.full((40, 60, 3), 80, np.uint8), ("the first of 3 frames",))
    answer = ask(models).restore(found, None, Wishes())
    assert answer.notes[2] == "the first of 3 frames; the central 40x40 of 60x40 was taken"


def test_detail_is_given_up_where_that_is_wished(models, face):
    answer = ask(models).restore(find(face[0]), None, Wishes(keep_detail=False))
    assert answer.image.shape == (128, 128, 3)
    kept = ask(models).restore(find(face[0]), None, Wishes())
    assert np.array_equal(kept.image, face[0]) and "nothing is hidden" in kept.notes[2]


def test_model_and_scale_are_heeded(models, face, loaded):
    ask(models).restore(find(face[0]), None, Wishes(scale=8))
    ask(models).restore(find(face[0]), None, Wishes(model="swift_x4"))
    assert loaded == ["swift_x8", "swift_x4"]


def test_progress_rises(models, face):
    told = []
    ask(models).restore(find(face[0]), None, Wishes(), lambda *step: told.append(step))
    assert [text for _, text in told] == ["loading the network", "restoring the face"]
    assert 0 < told[0][0] < told[1][0] < 1


def test_only_what_is_hidden_of_a_photographs_face_changes(models, photograph):
    photo, finder = photograph
    hole = make_hole(photo.shape, slice(140, 165), slice(165, 235))
    hole[5:15, 5:15] = True
    answer = ask(models, finder).restore(find(photo), hole, Wishes())
    changed = (answer.image != photo).any(2)
    assert changed[140:165, 165:235].mean() > 0.9
    assert not changed[~hole].any() and not changed[5:15, 5:15].any()
    assert answer.notes[0].startswith("restored as a whole photograph in ")
    assert "1 of 1 face restored" in answer.notes[2]


def test_a_photograph_is_enlarged(models, photograph):
    photo, finder = photograph
    answer = ask(models, finder).restore(find(photo, ("a note",)), None, Wishes(enlarge=2))
    assert answer.image.shape == answer.before.shape == (600, 800, 3)
    assert answer.notes[1] == "800x600 pixels" and answer.notes[2].startswith("a note; ")


def test_too_large_a_result_is_refused(models, photograph, monkeypatch):
    photo, finder = photograph
    monkeypatch.setattr(module, "MAX_PIXELS", 400 * 300 * 4 - 1)
    with pytest.raises(DataError, match="400x300 enlarged 2 times has more than .* enlarge it"):
        ask(models, finder).restore(find(photo), None, Wishes(enlarge=2))
    with pytest.raises(ConfigError, match=r"enlarge is 3; expected one of \(1, 2, 4, 8\)"):
        ask(models, finder).restore(find(photo), None, Wishes(enlarge=3))


def test_a_large_result_is_shown_smaller(models, photograph, monkeypatch):
    photo, finder = photograph
    monkeypatch.setattr(module, "MAX_SHOWN_PX", 200)
    answer = ask(models, finder).restore(find(photo), None, Wishes())
    assert answer.image.shape == (300, 400, 3)
    assert answer.before.shape == answer.after.shape == (150, 200, 3)


def test_a_photograph_without_a_face_is_told(models):
    photo = np.zeros((300, 300, 3), np.uint8)
    for ask_for in (
        lambda answers: answers.restore(find(photo), None, Wishes()),
        lambda answers: answers.find_hole(find(photo), Wishes()),
    ):
        with pytest.raises(DataError, match="no face was found in the photograph; choose 'align"):
            ask_for(ask(models, Finder([]), lambda square: square[:, :, 0]))


def test_the_hole_of_an_aligned_face_is_looked_for_in_its_central_square(models):
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[5:9, 12:20] = 255
    pixels[:, 55:] = 255  # outside of the square
    hole = ask(models, find_hidden=lambda square: square[:, :, 0]).find_hole(find(pixels), Wishes())
    assert np.array_equal(hole, make_hole((40, 60), slice(5, 9), slice(12, 20)))


def test_the_hole_of_a_photograph_is_looked_for_in_its_faces(models, photograph):
    photo, finder = photograph
    photo = np.where(photo == 90, 255, photo).astype(np.uint8)  # white around the face

    def find_lower_half(square):
        mask = np.zeros(square.shape[:2], np.uint8)
        mask[len(mask) // 2 :] = 255
        return mask

    hole = ask(models, finder, find_lower_half).find_hole(find(photo), Wishes())
    rows, columns = np.nonzero(hole)
    assert 130 < rows.min() < 170 and rows.max() < 230
    assert columns.min() > 120 and columns.max() < 280


def test_a_face_that_nothing_hides_is_told(models):
    pixels = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(DataError, match="nothing was found that hides a face"):
        ask(models, find_hidden=lambda square: square[:, :, 0]).find_hole(find(pixels), Wishes())


def test_without_a_released_finder_it_asks_for_paint(models):
    with pytest.raises(CheckpointError, match="no network that finds what hides a face; paint"):
        Answers(models).find_hole(find(np.zeros((40, 40, 3), np.uint8)), Wishes())


def test_without_a_model_it_says_what_to_do(use_table, load):
    use_table()
    with pytest.raises(CheckpointError, match="no model is released yet"):
        ask(Models(load)).restore(find(np.zeros((40, 40, 3), np.uint8)), None, Wishes())


def test_the_finder_of_faces_is_made_once_and_for_photographs_only(models, photograph):
    photo, finder = photograph
    made = []
    answers = Answers(models, lambda: made.append(finder) or finder)
    answers.restore(find(photo[:200, :200]), None, Wishes())
    assert not made
    for _ in range(2):
        answers.restore(find(photo), None, Wishes())
    assert made == [finder]
