"""The skin: the relief of a face as a sum of bells, lit as a rounded form."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from fcsrlib.data.synthetic.anatomy import Anatomy
from fcsrlib.data.synthetic.canvas import Canvas, Window, smoothstep
from fcsrlib.data.synthetic.draws import draw_unit
from fcsrlib.data.synthetic.head import SKIN_LABEL, HeadEdge
from fcsrlib.data.synthetic.lighting import Lighting
from fcsrlib.data.synthetic.mouth import Mouth
from fcsrlib.data.synthetic.noise import draw_texture
from fcsrlib.data.synthetic.nose import Nose
from fcsrlib.data.synthetic.palette import skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

Number = Tensor | float

NUM_FRECKLES = 70


@dataclass
class Bells:
    """Axis-aligned Gaussian bells, collected one by one and summed as matrix products."""

    pose: Pose
    rows: list[Tensor] = field(default_factory=list)

    def add(
        self,
        x: Number,
        y: Number,
        width: Number,
        height: Number,
        amount: Number,
        depth: Number = 0.0,
    ) -> None:
        """Add a bell at a point of the frontal head; arguments are numbers or (N, 1, 1)."""
        zero = torch.zeros_like(self.pose.scale)
        at_x, at_y = self.pose.roll(*self.pose.turn(x + zero, y + zero, depth))
        parts = (at_x, at_y, width + zero, height + zero, amount + zero)
        self.rows.append(torch.cat(parts, dim=-1)[:, 0])

    def add_pair(
        self,
        x: Number,
        y: Number,
        width: Number,
        height: Number,
        amount: Number,
        depth: Number = 0.0,
    ) -> None:
        """Add a bell on either side of the face."""
        self.add(x, y, width, height, amount, depth)
        self.add(-x, y, width, height, amount, depth)

    def factors(self, side: int, window: Window) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return bells over columns and rows of ``window``, (N, K, S), and their scaled offsets."""
        x, y, width, height, amount = torch.stack(self.rows, dim=1).unbind(-1)
        columns, rows = self.pose.upright_axes(side)
        columns, rows = columns[:, window[2]], rows[:, window[1]]
        across = (columns[:, None] - x[..., None]) / width[..., None]
        down = (rows[:, None] - y[..., None]) / height[..., None]
        over_x = torch.exp(-0.5 * across**2)
        over_y = torch.exp(-0.5 * down**2) * amount[..., None]
        return over_x, over_y, across / width[..., None], down / height[..., None]

    def total(self, side: int, window: Window) -> Tensor:
        """Return the sum of the bells, (N, h, w)."""
        over_x, over_y, _, _ = self.factors(side, window)
        return over_y.transpose(1, 2) @ over_x

    def slope(self, side: int, window: Window) -> tuple[Tensor, Tensor]:
        """Return the gradient of the sum to the right and downwards, each (N, S, S)."""
        over_x, over_y, across, down = self.factors(side, window)
        to_right = over_y.transpose(1, 2) @ (-across * over_x)
        downwards = (-down * over_y).transpose(1, 2) @ over_x
        return to_right, downwards


def make_relief(parameters: FaceParameters, pose: Pose, nose: Nose, mouth: Mouth) -> Bells:
    """Return the height of the face over the rounded head, in sides of the image."""
    person, shot = parameters.person, parameters.shot
    female, age, smile = as_map(person.femininity), as_map(person.age), as_map(shot.smile)
    lines = (age - 0.3).clamp(min=0.0)
    bells = Bells(pose)
    bells.add_pair(0.105, -0.056, 0.06, 0.022, 0.010 - 0.007 * female)
    bells.add(0.0, -0.05, 0.03, 0.025, 0.004)
    bells.add_pair(0.053, -0.002, 0.02, 0.024, -0.009)
    bells.add_pair(0.11, -0.008, 0.05, 0.026, -0.011)
    bells.add_pair(0.108, 0.0, 0.03, 0.018, 0.010)
    bells.add_pair(0.1, 0.036, 0.032, 0.009, 0.0012 + 0.003 * lines)
    ridge, tip, reach = nose.bridge, nose.tip, nose.length
    bells.add(0.0, 0.03, 1.15 * ridge, 0.045, 0.009, 0.05)
    bells.add(0.0, 0.095, 1.3 * ridge, 0.042, 0.014, 0.08)
    bells.add(0.0, reach - 0.034, tip * 0.9, tip * 0.85, 0.018, 0.1)
    bells.add_pair(nose.half_width * 0.72, reach - 0.02, 0.013, 0.014, 0.008, 0.055)
    bells.add_pair(nose.half_width + 0.016, 0.10, 0.028, 0.04, -0.004, 0.03)
    bells.add_pair(0.15, 0.085, 0.05, 0.042, 0.014 + 0.002 * as_map(person.cheeks))
    bells.add_pair(0.16, 0.21, 0.045, 0.05, -0.009)
    bells.add_pair(0.122, 0.125, 0.038, 0.035, 0.013 * smile)
    bells.add(0.0, 0.25, 0.07, 0.045, 0.012, 0.04)
    bells.add(0.0, 0.196, 0.006, 0.014, -0.0022, 0.05)
    bells.add_pair(0.013, 0.198, 0.006, 0.014, 0.0012, 0.05)
    bells.add(0.0, mouth.y - 0.010 - mouth.gap_up, 0.035, 0.007, 0.004, 0.0)
    bells.add(0.0, mouth.y + 0.013 + mouth.gap_down, 0.032, 0.008, 0.0055, 0.0)
    bells.add(0.0, 0.312 + mouth.gap_down, 0.035, 0.011, -0.007, 0.04)
    bells.add(0.0, 0.365 + mouth.gap_down, 0.036, 0.028, 0.013, 0.04)
    bells.add_pair(0.215, -0.07, 0.04, 0.05, -0.012)
    fold = 0.0012 + 0.0034 * smile + 0.0034 * lines
    for step in torch.linspace(0.0, 1.0, 6).tolist():
        x, y = 0.062 + 0.05 * step + 0.012 * smile * step, 0.15 + 0.10 * step
        bells.add_pair(x, y, 0.011, 0.018, -fold * (1.0 - 0.5 * step), 0.035)
    for height in (-0.125, -0.15, -0.175):
        bells.add(0.0, height, 0.07, 0.0035, -0.0011 * lines)
    bells.add_pair(0.013, -0.052, 0.0035, 0.014, -0.0012 * lines)
    return bells


def make_shadow(
    parameters: FaceParameters, pose: Pose, nose: Nose, mouth: Mouth, lighting: Lighting
) -> Bells:
    """Return the optical depth of occlusion: light is multiplied by exp(-depth)."""
    person = parameters.person
    male, age = 1.0 - as_map(person.femininity), as_map(person.age)
    from_side, from_top = lighting.x, lighting.up
    bells = Bells(pose)
    bells.add_pair(0.054, -0.012, 0.018, 0.02, 0.28)
    bells.add_pair(0.108, -0.026, 0.045, 0.012, 0.18 + 0.16 * male)
    bells.add_pair(0.092, 0.028, 0.03, 0.008, 0.08 + 0.16 * age)
    bells.add_pair(0.152, 0.002, 0.02, 0.02, 0.12)
    bells.add(0.0, nose.length + 0.006, 0.03, 0.009, 0.28, 0.06)
    bells.add_pair(nose.half_width + 0.003, nose.length - 0.018, 0.007, 0.016, 0.32, 0.05)
    bells.add_pair(mouth.half_width + 0.004, mouth.y - 0.4 * mouth.curl, 0.009, 0.009, 0.3)
    bells.add(0.0, 0.307 + mouth.gap_down, 0.035, 0.008, 0.22, 0.04)
    cast = (from_side.abs() * 0.6).clamp(max=0.38)
    toward = -torch.sign(from_side)
    bells.add(toward * 0.04, 0.085, 0.022, 0.05, cast, 0.05)
    bells.add(
        -0.05 * from_side, nose.length + 0.018, 0.03, 0.014, 0.45 * from_top.clamp(min=0.0), 0.05
    )
    bells.add(toward * 0.07, nose.length - 0.01, 0.022, 0.026, 0.6 * cast, 0.03)
    return bells


def make_blush(parameters: FaceParameters, pose: Pose, nose: Nose) -> Bells:
    """Return how much redder than its base colour the skin is."""
    person, shot = parameters.person, parameters.shot
    flush = 0.25 + 0.75 * as_map(person.ruddiness)
    rouge = (as_map(person.femininity) > 0.55) * as_map(shot.makeup)
    bells = Bells(pose)
    bells.add_pair(0.145, 0.115, 0.05, 0.04, 0.55 * flush + 0.6 * rouge)
    bells.add(0.0, nose.length - 0.03, 0.03, 0.025, 0.7 * flush, 0.09)
    bells.add(0.0, 0.37, 0.04, 0.03, 0.35 * flush, 0.04)
    bells.add_pair(0.1, 0.02, 0.04, 0.012, 0.35)
    bells.add(0.0, -0.15, 0.12, 0.05, -0.2)
    return bells


def make_freckles(parameters: FaceParameters, pose: Pose) -> Bells:
    """Return freckles and moles as bells of darkness; few people have many."""
    place = torch.from_numpy(draw_unit(parameters.person_keys, "freckles", (4, NUM_FRECKLES)))
    place = place.float()
    has_many = (torch.from_numpy(parameters.person.freckles)[:, None] > 0.85).float()
    is_light = (torch.from_numpy(parameters.person.skin_depth)[:, None] < 0.5).float()
    x, y = (place[:, 0] - 0.5) * 0.36, 0.03 + 0.13 * place[:, 1]
    amount = 0.4 * place[:, 2] * has_many * is_light
    is_mole = (torch.arange(NUM_FRECKLES) < 2).float()
    x = x * (1 - is_mole) + is_mole * (place[:, 0] - 0.5) * 0.4
    y = y * (1 - is_mole) + is_mole * (place[:, 1] * 0.5 - 0.15)
    amount = amount * (1 - is_mole) + is_mole * 1.2 * (place[:, 2] > 0.7)
    size = 0.0022 + 0.0022 * place[:, 3]
    at_x, at_y = pose.roll(*pose.turn(x[:, None], y[:, None], 0.0))
    at_x, at_y = at_x[:, 0], at_y[:, 0]
    bells = Bells(pose)
    bells.rows = list(torch.stack([at_x, at_y, size, size, amount], -1).unbind(1))
    return bells


def paint_skin(
    canvas: Canvas, edge: HeadEdge, parameters: FaceParameters, anatomy: Anatomy
) -> None:
    """Paint the head, name it, and light it with its relief and occlusion."""
    pose, lighting, nose, mouth = anatomy.pose, anatomy.lighting, anatomy.nose, anatomy.mouth
    window = canvas.window(-0.33, -0.4, 0.33, 0.46)
    share, angle = edge.share[window], edge.angle[window]
    coverage = canvas.cover(edge.distance[window], 0.003)
    blush = make_blush(parameters, pose, nose)
    canvas.paint(window, coverage, _skin_albedo(parameters, pose, blush, canvas.side, window))
    canvas.label(window, canvas.cover(edge.distance[window]), SKIN_LABEL)
    round_x, round_y = _dome(share, angle)
    slope_x, slope_y = make_relief(parameters, pose, nose, mouth).slope(canvas.side, window)
    light, gloss = lighting.shade(round_x - slope_x, round_y - slope_y, is_skin=True)
    # The turned-away rim sees less of the sky than the front does.
    rim = 0.55 * smoothstep(share, 0.7, 1.05)
    shadow = make_shadow(parameters, pose, nose, mouth, lighting).total(canvas.side, window)
    light *= torch.exp(-shadow - rim)[:, None]
    # The light reaches past the edge: blended apart from the skin's colour, it would leave a
    # bright seam where dark surroundings end.
    reached = canvas.cover(edge.distance[window] - 0.35 * canvas.pixel - 0.001, 0.003)
    canvas.light[window].lerp_(light, reached[:, None])
    canvas.gloss[window] += (as_map(parameters.shot.gloss) * gloss * coverage)[:, None]


def _dome(share: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outward lean of a head that is flat in front and round at its edge."""
    lean = 0.25 * share + 0.72 * share.clamp(max=1.0) ** 4
    lean = lean.clamp(max=0.93)
    steep = lean / torch.sqrt(1.0 - lean * lean)
    return steep * angle.sin(), -steep * angle.cos()


def _skin_albedo(
    parameters: FaceParameters, pose: Pose, blush: Bells, side: int, window: Window
) -> Tensor:
    mottle = draw_texture(parameters.person_keys, "mottle", 20, side, window)[:, None]
    grain = draw_texture(parameters.person_keys, "pores", 96, side, window)[:, None]
    age = as_map(parameters.person.age)[:, None]
    rough = 1.0 + 0.035 * mottle + (0.025 + 0.03 * age) * grain
    redness = blush.total(side, window)[:, None] + 0.12 * mottle
    darkness = make_freckles(parameters, pose).total(side, window)[:, None]
    absorb = torch.tensor([0.02, 0.20, 0.17]).view(1, 3, 1, 1)
    absorb_brown = torch.tensor([0.45, 0.8, 1.0]).view(1, 3, 1, 1)
    fade = torch.exp(-(redness * absorb + darkness * absorb_brown))
    return skin_colour(parameters) * fade * rough
