"""The networks that come with the library do on drawn faces what they are for."""

import numpy as np
import pytest
import torch

from fcsrlib.data import CentreCrop, SyntheticFaces
from fcsrlib.data.sample import FACE_SIDE
from fcsrlib.degradation.occluders import DrawOccluder
from fcsrlib.inference.face_prior import find_priors, load_face_prior
from fcsrlib.inference.mask_finder import find_mask
from fcsrlib.inference.releases.table import RELEASED, read_release_table
from fcsrlib.inference.restorer import Restorer
from fcsrlib.metrics import bicubic_baseline, telea_baseline
from fcsrlib.metrics.functional import psnr
from fcsrlib.metrics.landmarks import landmark_error

NUM_FACES = 8
GENERATORS = [row.name for row in read_release_table().values() if row.kind == "generator"]
HIDDEN = (slice(56, 112), slice(24, 88))


@pytest.fixture(scope="module")
def faces():
    """Return drawn faces of 128x128 with their landmarks."""
    source = SyntheticFaces(num_faces=NUM_FACES, side=144, seed=5)
    return [CentreCrop(side=FACE_SIDE).apply(source.read(index), {}) for index in range(NUM_FACES)]


def test_compact_prior_finds_the_points_of_drawn_faces(faces):
    images = np.stack([face["hr_target"] for face in faces])
    found = find_priors(
        load_face_prior("compact_prior"), torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    )
    known = torch.from_numpy(np.stack([face["landmarks"] for face in faces]))
    errors = landmark_error(found.landmarks, known.double(), torch.isfinite(known).all(2))
    assert errors.median() < 0.1


def test_mask_net_finds_a_drawn_mask_and_leaves_a_bare_face_alone(faces):
    draw = DrawOccluder(kinds=("face_mask",), probability=1.0, compression=0.0)
    overlaps, bare = [], []
    for index, face in enumerate(faces):
        covered = draw.apply(dict(face), draw.draw(dict(face), np.random.default_rng(index)))
        hidden, found = covered["occluder_mask"] > 0, find_mask(covered["hr_target"]) > 0
        overlaps.append((hidden & found).sum() / (hidden | found).sum())
        bare.append((find_mask(face["hr_target"]) > 0).mean())
    assert np.median(overlaps) > 0.6 and np.median(bare) < 0.02


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_fills_what_is_hidden_better_than_inpainting_does(faces, name):
    restorer = Restorer.from_pretrained(name, device="cpu")
    images = [face["hr_target"] for face in faces]
    hole = np.zeros((FACE_SIDE, FACE_SIDE), bool)
    hole[HIDDEN] = True
    made = restorer(images, hole, keep_detail=False)
    inputs = [restorer.prepare(image, hole) for image in images]
    lr_masked, hole_mask = (
        torch.stack([getattr(one, key) for one in inputs]) for key in ("lr_masked", "hole_mask")
    )
    inpainted = bicubic_baseline(
        telea_baseline(lr_masked, hole_mask), restorer.hr_side // restorer.lr_side
    )
    ours = measure_hidden(to_planes([one.image for one in made]), images)
    assert ours > measure_hidden(inpainted, images) + 1


@pytest.mark.parametrize("row", read_release_table().values(), ids=lambda row: row.name)
def test_the_card_beside_a_file_is_of_that_file_and_its_code_runs(row):
    card = (RELEASED / f"{row.name}.md").read_text(encoding="utf-8")
    assert row.sha256 in card
    exec(card.split("```python\n")[1].split("```")[0], {})


def to_planes(images):
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2) / 255


def measure_hidden(made, images):
    return psnr(made[(..., *HIDDEN)], to_planes(images)[(..., *HIDDEN)]).mean()
