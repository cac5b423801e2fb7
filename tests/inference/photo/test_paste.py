"""Putting faces back: what changes, how softly, and which of two faces a pixel takes."""

import cv2
import numpy as np
import pytest
import torch

from fcsrlib.degradation import downsample
from fcsrlib.inference.photo.frame import frame_by_points
from fcsrlib.inference.photo.paste import BORDER_PX, RestoredFace, add_detail, fill_photo


def paint(colour):
    return np.full((128, 128, 3), colour, np.uint8)


@pytest.fixture
def gray():
    return np.full((300, 400, 3), 100, np.uint8)


@pytest.fixture
def hole():
    hole = np.zeros((300, 400), bool)
    hole[60:240, 60:340] = True
    return hole


def test_only_what_is_hidden_within_a_face_changes(scene, hole, place_face):
    frame = frame_by_points(place_face(200, 150, 120, degrees=25))
    before = scene.copy()
    filled = fill_photo(scene, hole, [RestoredFace(frame, paint(128))])
    assert np.array_equal(scene, before)
    depth = frame.find_depth((slice(0, 300), slice(0, 400)))
    is_kept = ~hole | (depth <= 0)
    assert np.array_equal(filled[is_kept], scene[is_kept])
    assert (filled[hole & (depth > BORDER_PX)] == 128).all()


def test_the_square_ends_softly_where_the_hole_goes_on(gray, hole, place_face):
    frame = frame_by_points(place_face(200, 150, 128))
    filled = fill_photo(gray, hole, [RestoredFace(frame, paint(180))])
    row = filled[150, 200:300, 0].astype(int)
    assert row[0] == 180 and row[-1] == 100
    steps = -np.diff(row)
    assert steps.min() >= 0 and steps.max() <= 80 / BORDER_PX + 1


def test_the_face_is_fitted_to_what_is_visible_along_the_hole(gray, place_face):
    hole = np.zeros((300, 400), bool)
    hole[140:160, 180:220] = True
    frame = frame_by_points(place_face(200, 150, 128))
    filled = fill_photo(gray, hole, [RestoredFace(frame, paint(140))])
    assert (filled[~hole] == 100).all()
    row = filled[140:151, 200, 0].astype(int)
    assert 100 < row[0] < 115 and row[-1] == 140 and (np.diff(row) >= 0).all()


def test_a_hidden_pixel_comes_from_the_face_it_lies_deepest_in(gray, hole, place_face):
    left = RestoredFace(frame_by_points(place_face(165, 150, 100)), paint(20))
    right = RestoredFace(frame_by_points(place_face(225, 150, 120)), paint(230))
    filled = fill_photo(gray, hole, [left, right])
    assert np.array_equal(filled, fill_photo(gray, hole, [right, left]))
    assert filled[150, 165, 0] == 20 and filled[150, 225, 0] == 230
    between = filled[150, 170:225, 0].astype(int)
    assert (np.diff(between) >= 0).all() and np.diff(between).max() < 40


def test_a_face_without_anything_hidden_leaves_all_as_it_is(gray, place_face):
    hole = np.zeros((300, 400), bool)
    hole[:20, :20] = True
    face = RestoredFace(frame_by_points(place_face(200, 150, 120)), paint(0))
    assert np.array_equal(fill_photo(gray, hole, [face]), gray)


@pytest.mark.parametrize("scale", [2, 4])
def test_added_detail_shrinks_to_the_photograph_and_stays_within_the_face(scene, place_face, scale):
    frame = frame_by_points(place_face(120, 90, 60, degrees=-12))
    noise = np.random.default_rng(1).integers(90, 166, (128, 128, 3), np.uint8)
    result = add_detail(scene, None, [RestoredFace(frame, noise)], scale)
    bicubic = cv2.resize(scene, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    depth = frame.enlarge(scale).find_depth((slice(0, 300 * scale), slice(0, 400 * scale)))
    away = depth < -15  # in pixels of 128x128: back-projection reaches a little beyond
    assert np.array_equal(result[away], bicubic[away])
    within = depth > BORDER_PX
    assert np.abs(result.astype(int) - bicubic)[within].mean() > 3
    given = torch.from_numpy(result).permute(2, 0, 1)[None].float() / 255
    shrunk = (downsample(given, scale)[0] * 255).permute(1, 2, 0).numpy()
    inside = frame.find_depth((slice(0, 300), slice(0, 400))) > 0
    assert np.abs(shrunk - scene)[inside].max() <= 1.0


def test_detail_ends_softly_at_the_border_of_the_face(gray, place_face):
    frame = frame_by_points(place_face(200, 150, 64))
    hidden = np.ones(gray.shape[:2], bool)  # so that nothing is held
    result = add_detail(gray, hidden, [RestoredFace(frame, paint(180))], 2)
    row = result[300, 400:500, 0].astype(int)
    assert row[0] == 180 and row[-1] == 100
    assert -np.diff(row).min() >= 0 and -np.diff(row).max() <= 80 / BORDER_PX + 2
