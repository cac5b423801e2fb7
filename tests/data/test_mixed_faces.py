import numpy as np
import pytest
import torch

from fcsrlib.contracts import FacePriors
from fcsrlib.data import FaceDataset, FacePreprocessor, MixedFaces, SyntheticFaces, pack_faces
from fcsrlib.data.sample import make_sample
from fcsrlib.degradation import DrawHole
from fcsrlib.errors import ConfigError, UndecodableImageError
from fcsrlib.losses import FacePriorLoss
from fcsrlib.registry import DATASETS


class Faces:
    """A source of given samples; None is an undecodable file."""

    def __init__(self, *samples, prefix="face"):
        self.samples = samples
        self.names = [f"{prefix}{number}.png" for number in range(len(samples))]

    def __len__(self):
        return len(self.samples)

    def read(self, index):
        if self.samples[index] is None:
            raise UndecodableImageError(f"{self.names[index]} is empty")
        return {**self.samples[index], "name": self.names[index]}


@pytest.fixture
def labelled(photos):
    """Faces with parts and without landmarks, as CelebAMask-HQ's."""
    return Faces(*(make_sample("", p["hr_target"], None, p["parsing"]) for p in photos[:2]))


@pytest.fixture
def pointed(photos):
    """Faces with 68 of 81 points and without parts, as Helen's in 300-W."""
    samples = []
    for photo in photos[2:]:
        points = photo["landmarks"].copy()
        points[68:] = np.nan
        samples.append(make_sample("", photo["hr_target"], points, identity=5))
    return Faces(*samples, prefix="helen")


def test_every_source_comes_as_often_as_it_says(labelled, pointed):
    mixed = MixedFaces([labelled, pointed], repeats=[1, 2])
    names = [mixed.read(index)["name"] for index in range(len(mixed))]
    assert names == ["face0.png", "face1.png", *["helen0.png", "helen1.png"] * 2]
    assert mixed.names == names
    assert len(MixedFaces([labelled, pointed])) == 4


def test_a_limit_is_spread_over_the_sources(labelled, pointed):
    mixed = MixedFaces([labelled, pointed], repeats=[3, 3], max_images=4)
    assert mixed.names == ["face0.png", "face1.png", "helen0.png", "helen1.png"]
    assert len(MixedFaces([labelled], max_images=99)) == 2


def test_people_of_different_sources_are_different(pointed):
    mixed = MixedFaces([pointed, pointed, Faces(make_sample("", np.zeros((4, 4, 3), np.uint8)))])
    identities = [mixed.read(index)["identity"] for index in range(5)]
    assert identities[0] == identities[1] != identities[2] == identities[3]
    assert identities[4] == -1


def test_sources_are_built_from_configs_with_the_common_split():
    mixed = DATASETS.build(
        dict(
            type="MixedFaces",
            split="val",
            sources=[
                dict(type="SyntheticFaces", num_faces=3, side=16),
                dict(type="SyntheticFaces", num_faces=2, side=16, split="test"),
            ],
        )
    )
    assert [source.split for source in mixed.sources] == ["val", "test"]
    assert len(mixed) == 5 and not hasattr(mixed, "names")


@pytest.mark.parametrize("repeats", [[1], [1, 0], [1, 0.5], [1, 2, 3]])
def test_bad_repeats_are_refused(labelled, repeats):
    with pytest.raises(ConfigError, match="expected one positive integer for each"):
        MixedFaces([labelled, labelled], repeats)


def test_no_source_and_a_bad_limit_are_refused(labelled):
    with pytest.raises(ConfigError, match="for 0 sources"):
        MixedFaces([])
    with pytest.raises(ConfigError, match="max_images is 0"):
        MixedFaces([labelled], max_images=0)


def test_an_undecodable_face_is_named_by_its_own_source(labelled):
    dataset = FaceDataset(MixedFaces([labelled, Faces(None, prefix="bad")]), replace_bad=False)
    assert dataset[2] == {"skipped": ["bad0.png"]}


@pytest.fixture
def mixed_batch(labelled, pointed):
    pipeline = [dict(type="CentreCrop"), DrawHole(side=16, kinds=("random_quarter",))]
    dataset = FaceDataset(MixedFaces([labelled, pointed]), pipeline)
    return FacePreprocessor(scale=8)(pack_faces([dataset[index] for index in range(4)]))


def make_priors(seed=0):
    generator = torch.Generator().manual_seed(seed)
    landmarks = torch.rand(4, 81, 64, 64, generator=generator).requires_grad_()
    parsing = torch.randn(4, 11, 64, 64, generator=generator).requires_grad_()
    return FacePriors(landmarks, parsing)


def evaluate(batch, priors, **options):
    return FacePriorLoss(**options)(
        priors, batch["landmark_target"], batch["landmark_known"], batch["parsing_target"]
    )


def test_a_mixed_batch_knows_what_each_face_knows(mixed_batch):
    known = mixed_batch["landmark_known"]
    assert not known[:2].any() and not known[2:, 68:].any()
    assert known[2:, :68].float().mean() > 0.9  # a chin is outside the crop
    assert (mixed_batch["parsing_target"][:2] != 255).all()
    assert (mixed_batch["parsing_target"][2:] == 255).all()
    assert torch.isfinite(mixed_batch["landmark_target"]).all()


@pytest.mark.parametrize("form", ["l2", "cross_entropy"])
def test_the_loss_of_a_mixed_batch_is_that_of_its_kinds(mixed_batch, form):
    priors = make_priors()
    loss = evaluate(mixed_batch, priors, parsing=form)
    kinds = []
    for rows, part in ((slice(0, 2), "parsing"), (slice(2, 4), "landmarks")):
        batch = {key: mixed_batch[key][rows] for key in mixed_batch if "landmark" in key}
        batch["parsing_target"] = mixed_batch["parsing_target"][rows]
        own = FacePriors(priors.landmarks[rows], priors.parsing[rows])
        kinds.append(
            evaluate(batch, own, parsing=form, **{"alpha" if part == "parsing" else "beta": 0.0})
        )
    assert torch.isfinite(loss)
    torch.testing.assert_close(loss, kinds[0] + kinds[1])


def test_what_a_face_does_not_know_teaches_nothing(mixed_batch):
    priors = make_priors()
    evaluate(mixed_batch, priors).backward()
    landmarks, parsing = priors.landmarks.grad, priors.parsing.grad
    assert (landmarks[:2] == 0).all() and (landmarks[2:, 68:] == 0).all()
    assert (parsing[2:] == 0).all()
    learns = landmarks.abs().sum((2, 3)) > 0
    assert torch.equal(learns, mixed_batch["landmark_known"])
    assert parsing[:2].abs().sum((1, 2, 3)).min() > 0


def test_a_mixture_with_drawn_faces_stacks(labelled):
    mixed = MixedFaces([labelled, SyntheticFaces(num_faces=1, side=192)])
    assert pack_faces([mixed.read(0), mixed.read(2)])["landmarks"].shape == (2, 81, 2)
