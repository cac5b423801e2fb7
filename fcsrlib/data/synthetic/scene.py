"""What stands behind and below the head: backdrop, back hair, neck and clothes."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import WHOLE, Canvas, bell, smoothstep
from fcsrlib.data.synthetic.draws import draw_unit
from fcsrlib.data.synthetic.hair import HAIR_LABEL, Hair
from fcsrlib.data.synthetic.head import Head
from fcsrlib.data.synthetic.lighting import Lighting
from fcsrlib.data.synthetic.noise import draw_texture
from fcsrlib.data.synthetic.palette import any_colour, hair_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map

LONG_STYLES = (7, 8, 10)


def paint_backdrop(canvas: Canvas, parameters: FaceParameters) -> None:
    """Paint a gradient, blurred surroundings and, at times, soft panels of another colour."""
    shot, keys = parameters.shot, parameters.shot_keys
    near, far = any_colour(parameters, "near", 0.02, 0.6), any_colour(parameters, "far", 0.02, 0.8)
    angle = as_map(shot.backdrop_angle)
    along = canvas.x * angle.cos() + canvas.y * angle.sin()
    blotch = draw_texture(keys, "blotches", 5, canvas.side)[:, 0]
    kind = as_map(shot.backdrop)
    busy = 0.25 + 0.9 * smoothstep(kind, 0.3, 0.8)
    share = (0.5 + 0.9 * along + 0.45 * busy * blotch).clamp(0.0, 1.0)
    canvas.albedo.copy_(near + (far - near) * share[:, None])
    unit = torch.from_numpy(draw_unit(keys, "panels", (3, 4))).float()[..., None, None]
    for k in range(3):
        place, width, lean, amount = unit[:, k].unbind(1)
        across = canvas.x + (lean - 0.5) * 0.4 * canvas.y - (place - 0.5) * 1.1
        edge = canvas.cover(across.abs() - 0.05 - 0.12 * width, 0.008 + 0.05 * lean)
        panel = any_colour(parameters, f"panel {k}", 0.02, 0.7)
        canvas.paint(WHOLE, edge * (amount * 1.3).clamp(max=1.0) * (kind > 0.45), panel)
    detail = draw_texture(keys, "surroundings", 11, canvas.side, 3)
    canvas.albedo *= 1.0 + 0.22 * busy[:, None] * detail


def paint_back_hair(canvas: Canvas, hair: Hair, head: Head, parameters: FaceParameters) -> None:
    """Paint long hair where it falls behind the neck."""
    is_long = torch.isin(hair.style, torch.tensor(LONG_STYLES)).view(-1, 1, 1)
    wave = draw_texture(parameters.shot_keys, "back", 9, canvas.side)[:, 0]
    y = canvas.y - head.y
    width = 0.262 + 0.05 * smoothstep(y, 0.05, 0.4) + 0.02 * wave * hair.curl
    x = canvas.x - head.x
    outside = torch.maximum(x.abs() - width, -0.05 - y)
    coverage = canvas.cover(outside, 0.006) * is_long
    grain = draw_texture(parameters.shot_keys, "grain", 90, canvas.side)[:, 0]
    tone = 0.22 + 0.5 * smoothstep(x.abs(), 0.17, 0.31) + 0.1 * grain
    canvas.paint(WHOLE, coverage, hair_colour(parameters) * tone.clamp(min=0.05)[:, None])
    canvas.label(WHOLE, coverage, HAIR_LABEL)


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
    x, y = canvas.x - 0.6 * head.x, canvas.y
    wide = 0.158 - 0.035 * as_map(person.femininity) + 0.01 * as_map(person.face_width)
    neck = wide + 0.5 * (y - 0.36).clamp(min=0.0) ** 1.35
    inside = canvas.cover(torch.maximum(x.abs() - neck, 0.1 - y), 0.004)
    lean = (x / neck).clamp(-0.97, 0.97)
    light, _ = lighting.shade(1.3 * lean, torch.zeros_like(lean))
    shade = 1.0 - 0.62 * torch.exp(-chin.clamp(min=0.0) / 0.06)
    canvas.paint(WHOLE, inside, skin_colour(parameters) * shade[:, None])
    canvas.light.lerp_(light, inside[:, None])
    canvas.label(WHOLE, inside, 0)
    _paint_clothes(canvas, parameters, lighting, x, y)


def _paint_clothes(
    canvas: Canvas, parameters: FaceParameters, lighting: Lighting, x: Tensor, y: Tensor
) -> None:
    collar = as_map(parameters.shot.cloth_collar)
    shoulder = 0.375 + 0.35 * (0.34 - x.abs()).clamp(min=0.0) * (0.5 + collar)
    shoulder = shoulder + 0.35 * (x.abs() - 0.28).clamp(min=0.0)
    inside = canvas.cover(shoulder - y, 0.004)
    folds = draw_texture(parameters.shot_keys, "folds", 8, canvas.side)[:, 0]
    tone = 1.0 + 0.28 * folds - 0.5 * bell(y, shoulder, 0.012)
    cloth = any_colour(parameters, "cloth", 0.01, 0.65)
    canvas.paint(WHOLE, inside, cloth * tone.clamp(min=0.1)[:, None])
    light, _ = lighting.shade(0.8 * x / 0.5 + 0.5 * folds, 0.3 * folds - 0.3)
    canvas.light.lerp_(light, inside[:, None])
    canvas.label(WHOLE, inside, 0)


def develop(canvas: Canvas, parameters: FaceParameters) -> Tensor:
    """Turn the layers into a photograph: uint8 RGB (N, S, S, 3)."""
    shot = parameters.shot
    linear = canvas.albedo * canvas.light + canvas.gloss
    gray = linear.mean(1, keepdim=True)
    linear = gray + (linear - gray) * as_map(shot.saturation)[:, None]
    linear = linear * torch.exp(as_map(shot.exposure))[:, None]
    # A square root stands for the display's gamma: close to it and several times cheaper.
    image = linear.clamp_(min=0.0).sqrt_().clamp_(max=1.05)
    curve = image * image * (3.0 - 2.0 * image)
    image = image + (curve - image) * as_map(shot.contrast)[:, None] * 0.5
    return (image * 255.0 + 0.5).clamp_(0.0, 255.0).to(torch.uint8).permute(0, 2, 3, 1)
