"""The eyes: lids, eyeball, iris, pupil, lashes and the crease above."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, Window, bell, smoothstep
from fcsrlib.data.synthetic.palette import iris_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

EYE_LABELS = {-1: 5, 1: 4}
"""Class by side of the image: the person's left eye (4) lies on the right."""

PLACES = (1.0, 0.36, -0.36, -1.0, -0.36, 0.36)
"""Places of iBUG points 36 to 41 along the eye: outer corner, upper lid, inner corner, lower."""


@dataclass(frozen=True)
class Eye:
    """One eye: place u runs from -1 at the inner to 1 at the outer corner.

    Every tensor is (N, 1, 1), in the face frame; ``side`` is -1 left of the image, 1 right of it.
    """

    side: int
    x: Tensor
    y: Tensor
    half_width: Tensor
    tilt: Tensor
    upper_height: Tensor
    lower_height: Tensor
    iris_radius: Tensor
    gaze_x: Tensor
    gaze_y: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters, pose: Pose, side: int) -> Eye:
        """Place the eye on ``side`` of the image."""
        person, shot = parameters.person, parameters.shot
        width = 0.0485 + 0.0022 * as_map(person.eye_width)
        opening = 0.0208 + 0.0026 * as_map(person.eye_opening) + 0.0022 * as_map(shot.lid_opening)
        opening = opening * (1.0 - 0.28 * as_map(shot.smile) ** 2)
        x, y = pose.turn(side * torch.full_like(width, 0.1095), torch.zeros_like(width), 0.0)
        return cls(
            side=side,
            x=x,
            y=y,
            half_width=width * (1.0 - 0.35 * side * pose.turn_x),
            tilt=0.045 + 0.05 * as_map(person.eye_tilt),
            upper_height=opening,
            lower_height=opening * (0.5 + 0.06 * as_map(shot.smile)),
            iris_radius=0.0212 + 0.0008 * as_map(person.eye_width),
            gaze_x=0.007 * as_map(shot.gaze_x) + 0.03 * pose.turn_x,
            gaze_y=0.0025 * as_map(shot.gaze_y) - 0.002,
        )

    def upper(self, u: Tensor | float) -> Tensor:
        """Return the height of the upper lid's edge at place ``u``; negative is up."""
        arch = _fullness(u) * (1.0 - 0.12 * u)
        return -self.upper_height * arch

    def lower(self, u: Tensor | float) -> Tensor:
        """Return the height of the lower lid's edge at place ``u``."""
        return self.lower_height * _fullness(u) * (1.0 + 0.22 * u)

    def to_local(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return place u and height v of face-frame points."""
        along, v = (x - self.x) * self.side, y - self.y
        return (along * self.tilt.cos() - v * self.tilt.sin()) / self.half_width, (
            along * self.tilt.sin() + v * self.tilt.cos()
        )

    def to_face(self, u: Tensor, v: Tensor) -> Tensor:
        """Return the face-frame points (N, 1, K, 2) of place u and height v."""
        along = u * self.half_width
        x = along * self.tilt.cos() + v * self.tilt.sin()
        y = v * self.tilt.cos() - along * self.tilt.sin()
        return torch.stack([self.x + self.side * x, self.y + y], dim=-1)

    def points(self) -> Tensor:
        """Return the six contour points in iBUG order, (N, 6, 2)."""
        u = torch.tensor(PLACES)
        edges = torch.cat([self.upper(u)[..., :4], self.lower(u)[..., 4:]], dim=-1)
        points = self.to_face(u, edges)[:, 0]
        return points if self.side == -1 else points[:, [3, 2, 1, 0, 5, 4]]


def _fullness(u: Tensor | float) -> Tensor:
    bulge = (1.0 - torch.as_tensor(u) ** 2).clamp(min=0.0)
    return bulge * (1.0 + 0.25 * (1.0 - bulge))


def paint_eye(canvas: Canvas, eye: Eye, parameters: FaceParameters) -> None:
    """Paint one eye over the skin and name its opening."""
    window = canvas.window(
        *((-0.19, -0.055, -0.03, 0.04) if eye.side < 0 else (0.03, -0.055, 0.19, 0.04))
    )
    u, v = eye.to_local(canvas.x[window], canvas.y[window])
    upper, lower = eye.upper(u), eye.lower(u)
    outside = torch.maximum(torch.maximum(upper - v, v - lower), (u.abs() - 1.0) * eye.half_width)
    opening = canvas.cover(outside, 0.002)
    _paint_lids(canvas, window, eye, parameters, (u, v, upper, lower))
    canvas.paint(window, opening, _eyeball(canvas, eye, parameters, (u, v, upper)))
    _paint_catchlight(canvas, window, eye, parameters, (u, v), opening)
    _paint_lashes(canvas, window, eye, parameters, (u, v, upper, lower))
    canvas.label(window, canvas.cover(outside), EYE_LABELS[eye.side])


def _paint_lids(
    canvas: Canvas, window: Window, eye: Eye, parameters: FaceParameters, place: tuple[Tensor, ...]
) -> None:
    u, v, upper, lower = place
    person = parameters.person
    skin = skin_colour(parameters)
    fade = smoothstep(1.35 - u.abs(), 0.0, 0.5)
    depth = 0.011 + 0.006 * as_map(person.eye_crease)
    crease = -eye.upper_height * (1.0 - (0.9 * u) ** 2).clamp(min=-0.6) - depth
    fold = bell(v, crease, 0.0035 + 0.3 * canvas.pixel) * fade
    canvas.paint(window, fold * (0.3 + 0.35 * as_map(person.eye_crease)), skin * 0.25)
    shadow = ((v < upper) & (v > crease)).float() * fade
    made_up = (as_map(person.femininity) > 0.55) * as_map(parameters.shot.makeup)
    canvas.paint(window, shadow * (0.12 + 0.3 * made_up), skin * 0.35)
    waterline = bell(v, lower + 0.003, 0.0035) * (u.abs() < 0.98)
    canvas.paint(window, waterline * 0.3, skin * _tint(1.0, 0.72, 0.70))


def _eyeball(
    canvas: Canvas, eye: Eye, parameters: FaceParameters, place: tuple[Tensor, ...]
) -> Tensor:
    u, v, upper = place
    x, y = u * eye.half_width - eye.side * eye.gaze_x, v - eye.gaze_y
    radius = torch.sqrt(x * x + y * y + 1e-9) / eye.iris_radius
    white = _tint(0.76, 0.71, 0.69) * (1.0 - 0.4 * u.abs() ** 2.5)[:, None]
    pink = bell(u, -1.0, 0.2)[:, None]
    white = white + (_tint(0.62, 0.33, 0.30) - white) * pink * 0.8
    glow = 0.9 + 0.9 * smoothstep(y / eye.iris_radius, -0.3, 0.9)
    rays = 1.0 + 0.16 * torch.sin(torch.atan2(y, x) * 17.0)
    limbus = 1.0 - 0.75 * smoothstep(radius, 0.72, 1.0)
    iris = iris_colour(parameters) * (glow * rays * limbus)[:, None]
    pupil = canvas.cover((radius - 0.42) * eye.iris_radius, 0.002)
    iris = iris * (1.0 - 0.97 * pupil)[:, None]
    colour = white + (iris - white) * canvas.cover((radius - 1.0) * eye.iris_radius, 0.003)[:, None]
    lid_shadow = 1.0 - 0.5 * torch.exp(-((v - upper) / 0.008).clamp(min=0.0))
    return colour * lid_shadow[:, None]


def _paint_catchlight(
    canvas: Canvas,
    window: Window,
    eye: Eye,
    parameters: FaceParameters,
    place: tuple[Tensor, ...],
    opening: Tensor,
) -> None:
    u, v = place
    azimuth = as_map(parameters.shot.light_azimuth)
    x = u * eye.half_width * eye.side - eye.gaze_x - 0.008 * azimuth.sin()
    y = v - eye.gaze_y + 0.0075
    spot = canvas.cover(torch.sqrt(x * x + y * y + 1e-9) - 0.0042, 0.003)
    canvas.gloss[window] += (spot * opening * 0.75)[:, None]


def _paint_lashes(
    canvas: Canvas, window: Window, eye: Eye, parameters: FaceParameters, place: tuple[Tensor, ...]
) -> None:
    u, v, upper, lower = place
    person = parameters.person
    femininity = as_map(person.femininity)
    dark = _tint(0.018, 0.013, 0.011)
    inside = smoothstep(1.12 - u.abs(), 0.0, 0.12)
    thickness = (0.0032 + 0.0032 * femininity) * (0.75 + 0.45 * u) + 0.35 * canvas.pixel
    line = bell(v, upper - 0.4 * thickness, thickness) * inside
    canvas.paint(window, line * (0.72 + 0.25 * femininity), dark)
    below = bell(v, lower + 0.001, 0.0028 + 0.3 * canvas.pixel) * inside * (0.5 + 0.5 * u)
    canvas.paint(window, below * (0.22 + 0.25 * femininity), dark)


def _tint(red: float, green: float, blue: float) -> Tensor:
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1)
