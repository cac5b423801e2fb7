"""Whole photographs: which faces change, what of them, and what is told."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

import fcsrlib
from fcsrlib.degradation import downsample
from fcsrlib.errors import ConfigError, DataError, MissingExtraError
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.inference.restorer_choice import RestorerChoice
from fcsrlib.models.generator import FCSRGenerator


@pytest.fixture
def hole():
    """Return a hole over the mouths of the two faces of ``two_faces``."""
    hole = np.zeros((300, 400), bool)
    hole[110:130, 80:120] = hole[170:190, 280:320] = True
    return hole


@pytest.fixture
def two_faces(known_faces, place_face):
    return known_faces(place_face(300, 150, 120, degrees=8), place_face(100, 100, 90))


@pytest.fixture
def photos(two_faces, flat_restorer):
    return PhotoRestorer(flat_restorer(), two_faces)


def test_only_hidden_pixels_change_and_all_faces_go_in_one_batch(
    two_faces, flat_restorer, scene, hole
):
    restorer = flat_restorer()
    restored = PhotoRestorer(restorer, two_faces)(scene, hole)
    assert np.array_equal(restored.image[~hole], scene[~hole])
    for row, column in ((120, 100), (180, 300)):
        assert restored.image[row, column, 0] > 200 > 90 > restored.image[row, column, 1]
    assert len(restorer.seen) == 1 and len(restorer.seen[0][0]) == 2
    assert [face.is_restored for face in restored.faces] == [True, True]
    assert restored.note == "2 of 2 faces restored"


def test_a_face_with_nothing_hidden_is_left_alone(photos, scene, hole):
    hole[:150] = False
    restored = photos(scene, hole)
    assert [face.is_restored for face in restored.faces] == [True, False]
    assert restored.faces[1].reason == "nothing of it is hidden"
    assert "1 of 2 faces restored; 1 left: nothing of it is hidden" in restored.note
    assert np.array_equal(photos(scene).image, scene)


def test_nothing_that_lies_under_the_hole_is_read(photos, scene, hole):
    other = scene.copy()
    other[hole] = (0, 255, 0)
    for enlarge in (1, 2):
        restored = [photos(one, hole, enlarge).image for one in (scene, other)]
        assert np.array_equal(*restored)


def test_what_is_hidden_beside_all_faces_is_left_and_told(photos, scene, hole):
    hole[:20, 300:400] = True
    restored = photos(scene, hole)
    assert np.array_equal(restored.image[:20], scene[:20])
    assert "56% of what is hidden lies in no face and was left" in restored.note
    assert "goes on beyond" not in restored.note


def test_what_reaches_beyond_a_face_shows_through_at_its_border_and_that_is_told(photos, scene):
    _, y = photos(scene).faces[0].corners.mean(0)
    hole = np.zeros(scene.shape[:2], bool)
    hole[int(y) - 5 : int(y) + 5] = True  # from side to side of the photograph
    note = photos(scene, hole).note
    assert "goes on beyond its square, and shows through at its border" in note


def test_small_faces_get_detail_and_visible_pixels_stay_true(photos, flat_restorer, scene, hole):
    restored = photos(scene, hole, 4)
    assert restored.image.shape == (1200, 1600, 3)
    bicubic = cv2.resize(scene, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(restored.image[:150], bicubic[:150])
    assert restored.image[480, 400, 0] > 200 > 90 > restored.image[480, 400, 1]
    given = torch.from_numpy(restored.image).permute(2, 0, 1)[None].float()
    shrunk = downsample(given, 4)[0].permute(1, 2, 0)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((7, 7))) > 0
    face = np.zeros_like(hole)
    face[60:140, 60:140] = True
    assert np.abs(shrunk.numpy() - scene)[face & ~near].max() <= 1.0


def test_a_face_with_more_detail_than_the_networks_is_enlarged_bicubically(
    known_faces, place_face, flat_restorer, scene
):
    photos = PhotoRestorer(flat_restorer(), known_faces(place_face(200, 150, 180)))
    restored = photos(scene, None, 2)
    bicubic = cv2.resize(scene, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(restored.image, bicubic)
    assert "more detail than the network's" in restored.faces[0].reason


def test_what_lies_outside_of_the_photograph_counts_as_hidden(
    known_faces, place_face, flat_restorer, scene
):
    restorer = flat_restorer()
    hole = np.zeros((300, 400), bool)
    hole[150:165, 5:20] = True
    photos = PhotoRestorer(restorer, known_faces(place_face(10, 150, 128)))
    restored = photos(scene, hole)
    ((lr_masked, hole_mask),) = restorer.seen
    assert hole_mask[0, 0, :, :13].all() and not hole_mask[0, 0, :12, 15:].any()
    assert not lr_masked[0, :, :, :13].any()
    assert np.array_equal(restored.image[~hole], scene[~hole])
    assert restored.image[157, 12, 0] > 200


def test_a_mask_is_found_in_the_aligned_face_and_laid_into_the_photograph(
    known_faces, place_face, flat_restorer, scene
):
    photos = PhotoRestorer(flat_restorer(), known_faces(place_face(200, 150, 120, degrees=90)))
    seen = []

    def find(face):
        seen.append(face)
        mask = np.zeros(face.shape[:2], np.uint8)
        mask[len(face) * 3 // 4 : len(face) * 7 // 8, len(face) // 3 : len(face) * 2 // 3] = 255
        return mask

    restored = photos(scene, find)
    assert [len(face) for face in seen] == [round(restored.faces[0].side_px)]
    changed = np.argwhere((restored.image != scene).any(2))
    # Turned by 90 degrees to the left, the chin lies on the right.
    assert np.abs(changed.mean(0) - (150, 200 + 120 * (13 / 16 - 0.5))).max() < 1.5
    assert len(changed) == pytest.approx(40 * 15, rel=0.15)


def test_a_face_that_is_hidden_as_a_whole_does_not_stop_the_others(photos, scene, hole):
    hole[85:215, 235:365] = True
    restored = photos(scene, hole)
    assert [face.is_restored for face in restored.faces] == [False, True]
    assert "expected some of" in restored.faces[0].reason
    assert restored.image[120, 100, 0] > 200


def test_a_photograph_without_faces_comes_back_as_it_was(known_faces, flat_restorer, scene, hole):
    restored = PhotoRestorer(flat_restorer(), known_faces())(scene, hole)
    assert np.array_equal(restored.image, scene) and restored.faces == ()
    assert restored.note == "no face was found in it"


def test_results_come_in_the_container_of_the_photograph(photos, scene, hole, tmp_path):
    array = photos(scene, hole).image
    path = tmp_path / "a.png"
    Image.fromarray(scene).save(path)
    assert np.array_equal(photos(path, hole).image, array)
    assert np.array_equal(np.asarray(photos(Image.fromarray(scene), hole).image), array)
    tensor = photos(torch.from_numpy(scene).permute(2, 0, 1), hole).image
    assert tensor.shape == (3, 300, 400)
    assert np.array_equal(tensor.permute(1, 2, 0).numpy(), array)


def test_a_mask_of_other_size_and_equal_proportions_is_laid_over(photos, scene, hole):
    large = np.kron(hole, np.ones((2, 2), bool))
    assert np.array_equal(photos(scene, large).image, photos(scene, hole).image)
    with pytest.raises(DataError, match="hole mask is 300x300 and its photograph 400x300"):
        photos(scene, np.ones((300, 300), bool))


def test_eyes_that_are_named_need_no_finder(flat_restorer, scene, hole, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    photos = PhotoRestorer(flat_restorer())
    restored = photos(scene, hole, eyes=[(89, 102, 111, 102)])
    assert len(restored.faces) == 1 and restored.faces[0].points is None
    assert restored.image[120, 100, 0] > 200
    assert np.array_equal(restored.image[150:], scene[150:])
    with pytest.raises(MissingExtraError, match=r"fcsrlib\[photo\]"):
        photos(scene, hole)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"enlarge": 3}, ConfigError, "enlarge is 3; expected one of"),
        ({"eyes": [(390, 20, 420, 20)]}, DataError, "outside of the photograph of 400x300"),
        ({"eyes": [(1, 2)]}, DataError, "expected four numbers"),
    ],
)
def test_what_cannot_be_done_is_refused(photos, scene, options, error, message):
    with pytest.raises(error, match=message):
        photos(scene, **options)


def test_a_result_that_would_be_too_large_is_refused_before_the_search(flat_restorer):
    photos = PhotoRestorer(flat_restorer(), finder=None)
    with pytest.raises(DataError, match="2000x1000 enlarged 8 times has more than"):
        photos(np.zeros((1000, 2000, 3), np.uint8), None, 8)
    with pytest.raises(ConfigError, match="detector is 'dpm'; expected one of auto, hog, cnn"):
        PhotoRestorer(flat_restorer(), detector="dpm")


def test_each_face_gets_the_network_for_its_size(known_faces, place_face, flat_restorer, scene):
    made = {name: flat_restorer(scale=int(name[-1])) for name in ("swift_x4", "swift_x8")}
    faces = known_faces(place_face(100, 100, 90), place_face(250, 150, 20))
    photos = PhotoRestorer(RestorerChoice(made.__getitem__), faces)
    photos(scene, None, 2)
    assert [len(made[name].seen) for name in ("swift_x4", "swift_x8")] == [1, 1]
    assert made["swift_x8"].seen[0][0].shape == (1, 3, 16, 16)


def test_a_release_restores_photographs(tmp_path, scene, hole):
    config = dict(
        order="fc_first",
        fc=dict(type="PConvUNet", base_channels=4),
        sr=dict(type="SRResNet", channels=4, num_blocks=1),
        scale=8,
        hr_side=128,
    )
    torch.manual_seed(0)
    network = FCSRGenerator(**{key: value for key, value in config.items() if key != "order"})
    path = tmp_path / "tiny_x8.safetensors"
    write_release(path, network.state_dict(), ReleaseInfo("tiny_x8", "generator", config, card={}))
    photos = fcsrlib.PhotoRestorer.from_pretrained(path, device="cpu", batch_size=2)
    restored = photos(scene, hole, eyes=[(89, 102, 111, 102)])
    assert isinstance(restored, fcsrlib.PhotoRestored)
    assert np.array_equal(restored.image[~hole], scene[~hole])
    assert (restored.image[112:128, 85:115] != scene[112:128, 85:115]).any(2).mean() > 0.9


def test_a_real_photograph_is_restored_where_dlib_finds_its_face(flat_restorer):
    pytest.importorskip("dlib")
    data = pytest.importorskip("skimage.data")
    photo = np.hstack([data.astronaut()] * 3)
    hole = np.zeros(photo.shape[:2], bool)
    hole[125:165, 190:215] = hole[125:165, 1214:1239] = True  # a cheek of the first and third
    photo[hole] = (0, 255, 0)
    try:
        restored = PhotoRestorer(flat_restorer((0.5, 0.5, 0.5)), detector="hog")(photo, hole)
    except MissingExtraError as error:
        pytest.skip(str(error))
    centres = sorted(face.corners.mean(0).tolist() for face in restored.faces)
    assert np.abs(np.array(centres) - [(225, 115), (737, 115), (1249, 115)]).max() < 20
    assert sum(face.is_restored for face in restored.faces) == 2
    assert np.array_equal(restored.image[~hole], photo[~hole])
    assert not (restored.image[hole] == (0, 255, 0)).all(1).any()
