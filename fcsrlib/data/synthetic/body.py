"""Neck and clothes, which the parsing map counts as background."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, bell
from fcsrlib.data.synthetic.head import Head
from fcsrlib.data.synthetic.lighting import Lighting
from fcsrlib.data.synthetic.noise import draw_texture
from fcsrlib.data.synthetic.palette import any_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map


def paint_body(
    canvas: Canvas, head: Head, parameters: FaceParameters, lighting: Lighting, chin: Tensor
) -> None:
    """Paint neck and clothes under the head; both count as background.

    Args:
        canvas: Layers to paint on.
        head: The head above.
        parameters: The faces.
        lighting: Lights the neck.
        chin: Signed distance to the head's outline, (N, S, S).
    """
    person = parameters.person
    window = canvas.window(-1.0, 0.09, 1.0, 1.0)
    x, y = canvas.x[window] - 0.6 * head.x, canvas.y[window]
    wide = 0.158 - 0.035 * as_map(person.femininity) + 0.01 * as_map(person.face_width)
    neck = wide + 0.5 * (y - 0.36).clamp(min=0.0) ** 1.35
    inside = canvas.cover(torch.maximum(x.abs() - neck, 0.1 - y), 0.004)
    lean = (x / neck).clamp(-0.97, 0.97)
    light, _ = lighting.shade(1.3 * lean, torch.zeros_like(lean))
    shade = 1.0 - 0.62 * torch.exp(-chin[window].clamp(min=0.0) / 0.06)
    canvas.paint(window, inside, skin_colour(parameters))
    canvas.light[window].lerp_(light * shade[:, None], inside[:, None])
    canvas.label(window, inside, 0)
    _paint_clothes(canvas, parameters, lighting)


def _paint_clothes(canvas: Canvas, parameters: FaceParameters, lighting: Lighting) -> None:
    window = canvas.window(-1.0, 0.36, 1.0, 1.0)
    x, y = canvas.x[window], canvas.y[window]
    collar = as_map(parameters.shot.cloth_collar)
    shoulder = 0.375 + 0.35 * (0.34 - x.abs()).clamp(min=0.0) * (0.5 + collar)
    shoulder = shoulder + 0.35 * (x.abs() - 0.28).clamp(min=0.0)
    inside = canvas.cover(shoulder - y, 0.004)
    folds = draw_texture(parameters.shot_keys, "folds", 8, canvas.side, window)
    tone = 1.0 + 0.28 * folds - 0.5 * bell(y, shoulder, 0.012)
    cloth = any_colour(parameters, "cloth", 0.01, 0.5, 0.5)
    canvas.paint(window, inside, cloth * tone.clamp(min=0.1)[:, None])
    light, _ = lighting.shade(0.8 * x / 0.5 + 0.5 * folds, 0.3 * folds - 0.3)
    canvas.light[window].lerp_(light, inside[:, None])
    canvas.label(window, inside, 0)
