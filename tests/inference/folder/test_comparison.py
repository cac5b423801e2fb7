"""Input, hole and result side by side."""

import numpy as np

from fcsrlib.inference.folder.comparison import draw_comparison, draw_photo_comparison
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.lr_input import prepare_face
from fcsrlib.inference.photo.restored import PhotoFace, PhotoRestored


def test_three_cells_of_the_results_size_with_the_hole_in_gray():
    square = np.full((16, 16, 3), 50, np.uint8)
    hole = np.zeros((16, 16), bool)
    hole[:8] = True
    face = prepare_face(read_any(square), hole, 16)
    result = np.full((128, 128, 3), 90, np.uint8)
    drawn = draw_comparison(face, result)
    assert drawn.shape == (128, 3 * 128 + 4, 3)
    assert (drawn[:, :128] == 50).all()
    assert (drawn[:, 128:130] == 255).all()
    assert (drawn[:64, 130:258] == 191).all() and (drawn[64:, 130:258] == 50).all()
    assert np.array_equal(drawn[:, 260:], result)


def test_photographs_lie_side_by_side_with_their_faces_outlined():
    photo = np.full((100, 200, 3), 50, np.uint8)
    corners = np.array([(20.0, 20.0), (60.0, 20.0), (60.0, 60.0), (20.0, 60.0)])
    faces = (
        PhotoFace(corners, 40.0, None, None, True),
        PhotoFace(corners + (100, 10), 40.0, None, None, False, "nothing of it is hidden"),
    )
    result = np.full((200, 400, 3), 70, np.uint8)
    drawn = draw_photo_comparison(photo, PhotoRestored(result, faces))
    assert drawn.shape == (200, 802, 3) and (photo == 50).all() and (result == 70).all()
    for left, ground in ((0, 50), (402, 70)):
        assert np.abs(drawn[40, left + 80].astype(int) - (60, 220, 60)).max() <= 20
        assert np.abs(drawn[60, left + 280].astype(int) - 160).max() <= 20
        assert tuple(drawn[100, left + 190]) == (ground,) * 3
    large = np.zeros((1000, 4000, 3), np.uint8)
    assert draw_photo_comparison(large, PhotoRestored(large, ())).shape == (400, 3202, 3)
