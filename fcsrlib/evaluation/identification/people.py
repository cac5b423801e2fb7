"""Who is who in the test split, and the draw of a gallery: one image of each person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.sample import UNKNOWN_IDENTITY, FaceSource
from fcsrlib.errors import DataError

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """A test split cut in two.

    Attributes:
        gallery: Number of one image of each person, int64 (people,).
        probes: Numbers of all other images, int64 (probes,).
    """

    gallery: Indices
    probes: Indices


def read_people(source: FaceSource) -> Indices:
    """Return the person of each face of ``source``, int64 (N,).

    Raises:
        DataError: The source does not know them.
    """
    known = getattr(source, "identities", None)
    if known is None:
        raise DataError(
            f"{type(source).__name__} has no identities; identification needs the person of each "
            "image: give faces in CelebA's layout, with identity_CelebA.txt."
        )
    people = np.asarray(known, np.int64)
    unknown = int((people == UNKNOWN_IDENTITY).sum())
    if unknown:
        raise DataError(f"{unknown} of {len(people)} faces have no identity; expected none.")
    return people


def check_pairs(people: Indices) -> None:
    """Check that somebody can be probed against somebody else.

    Raises:
        DataError: Fewer than two people, or nobody has two images.
    """
    names, counts = np.unique(people, return_counts=True)
    if len(names) < 2:
        raise DataError(
            f"the {len(people)} test faces are of {len(names)} person(s); expected at least 2 "
            "people: raise --max-images or give more faces."
        )
    if counts.max() < 2:
        raise DataError(
            f"each of the {len(names)} test people has one image, which the gallery takes; nobody "
            "can be probed: raise --max-images or give more images of a person."
        )


def draw_gallery(people: Indices, seed: int, draw: int) -> Draw:
    """Draw one image of each person; the rest are probes.

    A person with a single image stands in the gallery as a distractor and is never probed.

    Args:
        people: Person of each image (N,).
        seed: Seed of all draws.
        draw: Number of the draw.
    """
    order = np.random.default_rng([seed, draw]).permutation(len(people))
    _, first = np.unique(people[order], return_index=True)
    gallery = np.sort(order[first])
    return Draw(gallery, np.setdiff1d(np.arange(len(people)), gallery))


def count_people(people: Indices) -> dict[str, int]:
    """Return the counts that results state."""
    _, counts = np.unique(people, return_counts=True)
    return {
        "people": len(counts),
        "images": len(people),
        "gallery": len(counts),
        "probes": int((counts - 1).sum()),
        "probed_people": int((counts > 1).sum()),
        "distractors": int((counts == 1).sum()),
        "most_images_of_a_person": int(counts.max()),
    }
