"""What a synthetic face is made of: the traits of a person and those of one photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.synthetic.draws import Keys, draw_traits, make_keys, normal, uniform
from fcsrlib.errors import DataError

Values = NDArray[np.float32]

FACES_PER_IDENTITY = 4


@dataclass(frozen=True)
class Person:
    """What one identity keeps in all its images; every field is float32 (N,)."""

    femininity: Values = uniform()
    age: Values = uniform()
    skin_depth: Values = uniform()
    undertone: Values = normal()
    ruddiness: Values = uniform()
    freckles: Values = uniform()
    face_width: Values = normal()
    jaw_width: Values = normal()
    chin_length: Values = normal()
    chin_width: Values = normal()
    forehead: Values = normal()
    cheeks: Values = normal()
    ear_size: Values = normal()
    eye_width: Values = normal()
    eye_opening: Values = normal()
    eye_tilt: Values = normal()
    eye_crease: Values = uniform()
    iris_hue: Values = uniform()
    iris_shade: Values = uniform()
    brow_height: Values = normal()
    brow_arch: Values = normal()
    brow_tilt: Values = normal()
    brow_thickness: Values = normal()
    brow_density: Values = uniform(0.55, 1.0)
    nose_length: Values = normal()
    nose_width: Values = normal()
    nose_tip: Values = normal()
    nose_bridge: Values = normal()
    mouth_width: Values = normal()
    mouth_height: Values = normal()
    upper_lip: Values = normal()
    lower_lip: Values = normal()
    cupid_bow: Values = uniform()
    lip_redness: Values = uniform()
    hair_style: Values = uniform()
    hair_hue: Values = uniform()
    hair_shade: Values = uniform()
    hair_volume: Values = normal()
    hair_wave: Values = uniform()
    hair_parting: Values = normal()
    hairline: Values = normal()
    beard_style: Values = uniform()


@dataclass(frozen=True)
class Shot:
    """What changes from one image of a person to the next; every field is float32 (N,)."""

    smile: Values = uniform()
    mouth_opening: Values = uniform()
    brow_raise: Values = normal()
    lid_opening: Values = normal()
    gaze_x: Values = normal()
    gaze_y: Values = normal()
    yaw: Values = normal(0.0, 0.1)
    pitch: Values = normal(0.0, 0.08)
    roll: Values = normal(0.0, 0.025)
    scale: Values = normal(1.0, 0.025)
    shift_x: Values = normal(0.0, 0.004)
    shift_y: Values = normal(0.0, 0.004)
    light_azimuth: Values = normal(0.0, 0.7)
    light_elevation: Values = uniform(0.1, 0.8)
    light_strength: Values = uniform(0.55, 0.95)
    ambient: Values = uniform(0.16, 0.42)
    warmth: Values = normal()
    gloss: Values = uniform(0.25, 1.0)
    exposure: Values = normal(-0.15, 0.15)
    contrast: Values = uniform(0.35, 1.0)
    saturation: Values = uniform(0.85, 1.2)
    backdrop: Values = uniform()
    backdrop_angle: Values = uniform(0.0, 6.283)
    cloth: Values = uniform()
    cloth_collar: Values = uniform()
    glasses: Values = uniform()
    glasses_shape: Values = uniform()
    glasses_colour: Values = uniform()
    makeup: Values = uniform()
    stubble: Values = uniform()
    hair_lift: Values = normal()
    hair_sweep: Values = normal()


@dataclass(frozen=True)
class FaceParameters:
    """All drawn numbers of N faces; face i depends on the seed, i and the identity rule alone.

    Attributes:
        identity: int64 (N,), the person shown.
        person: Traits of the person, equal for equal identities.
        shot: Traits of the single image.
        person_keys: uint64 (N,), keys of further draws that belong to the person (freckles).
        shot_keys: uint64 (N,), keys of further draws that belong to the image (hair strands).
    """

    identity: NDArray[np.int64]
    person: Person
    shot: Shot
    person_keys: Keys
    shot_keys: Keys

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.identity)

    def take(self, chosen: slice | NDArray[np.int64]) -> FaceParameters:
        """Return the faces ``chosen``, in that order."""
        return FaceParameters(
            self.identity[chosen],
            Person(**{name: values[chosen] for name, values in vars(self.person).items()}),
            Shot(**{name: values[chosen] for name, values in vars(self.shot).items()}),
            self.person_keys[chosen],
            self.shot_keys[chosen],
        )


def draw_faces(num_faces: int, num_identities: int | None = None, seed: int = 0) -> FaceParameters:
    """Draw ``num_faces`` faces; a longer set begins with the shorter one of the same arguments.

    Args:
        num_faces: Number of faces, at least 1.
        num_identities: Number of people, who take turns (face i shows person i mod it). None: a
            new person every four faces.
        seed: Any integer from 0.

    Raises:
        DataError: A number is out of range.
    """
    if num_faces < 1:
        raise DataError(f"num_faces is {num_faces}; draw at least 1 face.")
    if num_identities is not None and not 1 <= num_identities:
        raise DataError(f"num_identities is {num_identities}; give at least 1, or None.")
    if seed < 0:
        raise DataError(f"seed is {seed}; give an integer from 0.")
    index = np.arange(num_faces, dtype=np.int64)
    if num_identities is None:
        identity = index // FACES_PER_IDENTITY
    else:
        identity = index % num_identities
    person_keys = make_keys(seed, "person", identity)
    shot_keys = make_keys(seed, "shot", index)
    return FaceParameters(
        identity,
        draw_traits(Person, person_keys),
        draw_traits(Shot, shot_keys),
        person_keys,
        shot_keys,
    )
