"""The backdrop: gradients, blurred surroundings and soft panels."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from fcsrlib.data.synthetic.canvas import WHOLE, Canvas, smoothstep
from fcsrlib.data.synthetic.draws import draw_unit
from fcsrlib.data.synthetic.noise import draw_texture
from fcsrlib.data.synthetic.palette import any_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map

BACKDROP_SIDE = 48
NUM_PANELS = 3


def paint_backdrop(canvas: Canvas, parameters: FaceParameters) -> None:
    """Paint a gradient, blurred surroundings and, at times, panels of another colour.

    It is out of focus: painted coarsely and enlarged.
    """
    shot, keys = parameters.shot, parameters.shot_keys
    coarse = Canvas(canvas.pose, BACKDROP_SIDE)
    near = any_colour(parameters, "near", 0.02, 0.6, 0.28)
    far = any_colour(parameters, "far", 0.03, 0.8, 0.28)
    angle, kind = as_map(shot.backdrop_angle), as_map(shot.backdrop)
    along = coarse.x * angle.cos() + coarse.y * angle.sin()
    blotch = draw_texture(keys, "blotches", 5, coarse.side)
    busy = 0.25 + 0.9 * smoothstep(kind, 0.3, 0.8)
    share = (0.5 + 0.9 * along + 0.45 * busy * blotch).clamp(0.0, 1.0)
    coarse.albedo.copy_(near + (far - near) * share[:, None])
    unit = torch.from_numpy(draw_unit(keys, "panels", (NUM_PANELS, 4))).float()[..., None, None]
    for k in range(NUM_PANELS):
        place, width, lean, amount = unit[:, k].unbind(1)
        across = coarse.x + (lean - 0.5) * 0.4 * coarse.y - (place - 0.5) * 1.1
        edge = coarse.cover(across.abs() - 0.05 - 0.12 * width, 0.05 * lean)
        panel = any_colour(parameters, f"panel {k}", 0.02, 0.6, 0.35)
        coarse.paint(WHOLE, edge * (amount * 1.3).clamp(max=1.0) * (kind > 0.45), panel)
    detail = draw_texture(keys, "detail", 11, coarse.side)
    coarse.albedo *= (1.0 + 0.22 * busy * detail)[:, None]
    size = (canvas.side, canvas.side)
    canvas.albedo.copy_(F.interpolate(coarse.albedo, size=size, mode="bilinear"))
