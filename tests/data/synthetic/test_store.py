"""Memory for rendered faces."""

import multiprocessing
import pickle

import numpy as np
import pytest

from fcsrlib.data.synthetic import draw_faces, render_faces
from fcsrlib.data.synthetic.store import RENDER_AT_ONCE, FaceStore


def test_only_the_block_of_the_face_is_rendered() -> None:
    store = FaceStore(draw_faces(RENDER_AT_ONCE + 2), side=16)
    faces = store.prepare(RENDER_AT_ONCE + 1)
    assert store.is_rendered.tolist() == [0, 1]
    assert not faces.image[0].any() and faces.image[-1].any()


def test_kept_faces_are_those_the_renderer_makes() -> None:
    parameters = draw_faces(5, seed=3)
    kept, fresh = FaceStore(parameters, 32).prepare(0), render_faces(parameters, 32)
    for name, values in vars(fresh).items():
        np.testing.assert_array_equal(getattr(kept, name), values)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="needs fork, as data workers do"
)
def test_what_a_forked_worker_renders_is_found_by_its_parent() -> None:
    store = FaceStore(draw_faces(3), side=16)
    worker = multiprocessing.get_context("fork").Process(
        target=store.is_rendered.__setitem__, args=(0, 1)
    )
    worker.start()
    worker.join()
    assert store.is_rendered[0] == 1


def test_a_pickled_store_carries_parameters_not_images() -> None:
    store = FaceStore(draw_faces(64), side=144)
    store.prepare(0)
    pickled = pickle.dumps(store)
    assert len(pickled) < 100_000
    assert not pickle.loads(pickled).is_rendered.any()
