"""Input, hole and result side by side."""

import numpy as np

from fcsrlib.inference.comparison import draw_comparison
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.lr_input import prepare_face


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
