"""What stands behind and below the head: backdrop, back hair, neck and clothes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from fcsrlib.data.synthetic.canvas import WHOLE, Canvas, bell, smoothstep
from fcsrlib.data.synthetic.draws import draw_unit
from fcsrlib.data.synthetic.hair import HAIR_LABEL, Hair
from fcsrlib.data.synthetic.head import Head
from fcsrlib.data.synthetic.lighting import Lighting
from fcsrlib.data.synthetic.noise import draw_texture
from fcsrlib.data.synthetic.palette import any_colour, hair_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

LONG_STYLES = (7, 8, 10)
BACKDROP_SIDE = 48
NUM_PANELS = 3


def paint_backdrop(canvas: Canvas, pose: Pose, parameters: FaceParameters) -> None:
    """Paint a gradient, blurred surroundings and, at times, panels of another colour.

    It is out of focus: painted coarsely and enlarged.
    """
    shot, keys = parameters.shot, parameters.shot_keys
    coarse = Canvas(*pose.pixel_grid(BACKDROP_SIDE), 1.0 / (BACKDROP_SIDE * pose.scale))
    near = any_colour(parameters, "near", 0.02, 0.6, 0.35)
    far = any_colour(parameters, "far", 0.03, 0.75, 0.35)
    angle, kind = as_map(shot.backdrop_angle), as_map(shot.backdrop)
    along = coarse.x * angle.cos() + coarse.y * angle.sin()
    blotch = draw_texture(keys, "blotches", 5, coarse.side)[:, 0]
    busy = 0.25 + 0.9 * smoothstep(kind, 0.3, 0.8)
    share = (0.5 + 0.9 * along + 0.45 * busy * blotch).clamp(0.0, 1.0)
    coarse.albedo.copy_(near + (far - near) * share[:, None])
    unit = torch.from_numpy(draw_unit(keys, "panels", (NUM_PANELS, 4))).float()[..., None, None]
    for k in range(NUM_PANELS):
        place, width, lean, amount = unit[:, k].unbind(1)
        across = coarse.x + (lean - 0.5) * 0.4 * coarse.y - (place - 0.5) * 1.1
        edge = coarse.cover(across.abs() - 0.05 - 0.12 * width, 0.05 * lean)
        panel = any_colour(parameters, f"panel {k}", 0.02, 0.6, 0.45)
        coarse.paint(WHOLE, edge * (amount * 1.3).clamp(max=1.0) * (kind > 0.45), panel)
    coarse.albedo *= 1.0 + 0.22 * busy[:, None] * draw_texture(keys, "detail", 11, coarse.side)
    size = (canvas.side, canvas.side)
    canvas.albedo.copy_(F.interpolate(coarse.albedo, size=size, mode="bilinear"))


def paint_back_hair(canvas: Canvas, hair: Hair, head: Head, parameters: FaceParameters) -> None:
    """Paint long hair where it falls behind the neck."""
    is_long = torch.isin(hair.style, torch.tensor(LONG_STYLES)).view(-1, 1, 1)
    if not is_long.any():
        return
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
    zero = torch.zeros_like(head.x)
    window = canvas.window(zero - 1.0, zero + 0.09, zero + 1.0, zero + 1.0)
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
    zero = torch.zeros_like(lighting.x)
    window = canvas.window(zero - 1.0, zero + 0.36, zero + 1.0, zero + 1.0)
    x, y = canvas.x[window], canvas.y[window]
    collar = as_map(parameters.shot.cloth_collar)
    shoulder = 0.375 + 0.35 * (0.34 - x.abs()).clamp(min=0.0) * (0.5 + collar)
    shoulder = shoulder + 0.35 * (x.abs() - 0.28).clamp(min=0.0)
    inside = canvas.cover(shoulder - y, 0.004)
    folds = draw_texture(parameters.shot_keys, "folds", 8, canvas.side)[:, 0][window]
    tone = 1.0 + 0.28 * folds - 0.5 * bell(y, shoulder, 0.012)
    cloth = any_colour(parameters, "cloth", 0.01, 0.5, 0.5)
    canvas.paint(window, inside, cloth * tone.clamp(min=0.1)[:, None])
    light, _ = lighting.shade(0.8 * x / 0.5 + 0.5 * folds, 0.3 * folds - 0.3)
    canvas.light[window].lerp_(light, inside[:, None])
    canvas.label(window, inside, 0)


def develop(canvas: Canvas, parameters: FaceParameters) -> Tensor:
    """Turn the layers into a photograph: uint8 RGB (N, S, S, 3)."""
    shot = parameters.shot
    linear = canvas.albedo * canvas.light + canvas.gloss
    gray = linear.mean(1, keepdim=True)
    linear = gray + (linear - gray) * as_map(shot.saturation)[:, None]
    linear = (linear * torch.exp(as_map(shot.exposure))[:, None]).clamp_(min=0.0)
    # A soft shoulder, as film has: no patch of skin burns out.
    linear = linear * 1.7 / (linear + 0.85)
    # A square root stands for the display's gamma: close to it and several times cheaper.
    image = linear.sqrt_().clamp_(max=1.02)
    curve = image * image * (3.0 - 2.0 * image)
    image = image + (curve - image) * as_map(shot.contrast)[:, None] * 0.5
    return (image * 255.0 + 0.5).clamp_(0.0, 255.0).to(torch.uint8).permute(0, 2, 3, 1)
