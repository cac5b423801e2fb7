"""Painting hair: its outline, strands and shine, in front of the head and behind the neck."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic import outline
from fcsrlib.data.synthetic.anatomy import Anatomy
from fcsrlib.data.synthetic.canvas import WHOLE, Canvas, bell, smoothstep
from fcsrlib.data.synthetic.hair import Hair
from fcsrlib.data.synthetic.head import Head, HeadEdge
from fcsrlib.data.synthetic.noise import draw_lattice, draw_texture
from fcsrlib.data.synthetic.palette import hair_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map

HAIR_LABEL = 10
LONG_STYLES = (7, 8, 10)
NUM_LOCKS, STRANDS_PER_LOCK = 56, 6


@dataclass(frozen=True)
class _Texture:
    """Noise in about [-1, 1] over the image, (N, S, S): large waves, frizz, strands and locks."""

    waves: Tensor
    frizz: Tensor
    strands: Tensor
    locks: Tensor


def paint_hair(
    canvas: Canvas, edge: HeadEdge, parameters: FaceParameters, anatomy: Anatomy
) -> None:
    """Paint the hair in front of the head and name it."""
    hair = anatomy.hair
    tables = outline.interpolate(torch.stack([hair.inner, hair.outer], dim=1))
    inner, outer = outline.look_up(tables, edge.angle).unbind(1)
    texture = _make_texture(canvas, hair, anatomy.head, parameters, edge)
    ragged = 0.006 * texture.strands + hair.curl * (0.016 * texture.waves + 0.014 * texture.frizz)
    # The hairline is soft: strands thin out over the skin.
    tips = 0.35 * (inner - edge.radius) + 0.0025 * texture.strands + 0.0015 * texture.frizz
    outside = torch.maximum(tips, edge.radius - outer + ragged)
    coverage = canvas.cover(outside, 0.007) * hair.density
    _light_hair(canvas, coverage, (inner, outer), texture, edge, parameters, anatomy)
    canvas.label(WHOLE, canvas.cover(outside), HAIR_LABEL)


def _light_hair(
    canvas: Canvas,
    coverage: Tensor,
    limits: tuple[Tensor, Tensor],
    texture: _Texture,
    edge: HeadEdge,
    parameters: FaceParameters,
    anatomy: Anatomy,
) -> None:
    """Blend the hair's colour, light and shine over the layers by ``coverage``."""
    hair, lighting, (inner, outer) = anatomy.hair, anatomy.lighting, limits
    colour = hair_colour(parameters)
    down = -edge.angle.cos()
    steep = 1.6 * (edge.radius / outer).clamp(max=1.0) ** 3
    bumpy = 0.45 * hair.curl * texture.frizz
    light, gloss = lighting.shade(
        steep * edge.angle.sin() + 0.6 * texture.locks + bumpy,
        steep * down + 0.5 * texture.waves + bumpy,
    )
    above = edge.radius - inner
    root = 1.0 - 0.4 * torch.exp(-above.clamp(min=0.0) / 0.02)
    below = 1.0 - 0.45 * smoothstep(down, -0.1, 0.8)
    tone = (1.0 + 0.33 * texture.strands + 0.2 * texture.locks).clamp(min=0.1) * root * below
    canvas.paint(WHOLE, coverage, colour * tone[:, None])
    canvas.light.lerp_(light, coverage[:, None])
    height = (above / (outer - inner).clamp(min=0.01)).clamp(0.0, 1.0)
    ring = bell(height + 0.12 * texture.locks, 0.5 + 0.25 * lighting.up, 0.2)
    ring = ring * (1.0 - 0.8 * hair.curl) * (1.0 + texture.strands)
    shine = (0.35 * gloss + 0.13 * ring) * as_map(parameters.shot.gloss)
    shine = shine * (0.3 + colour.mean(1))
    canvas.gloss.lerp_(shine[:, None], coverage[:, None])


def _make_texture(
    canvas: Canvas, hair: Hair, head: Head, parameters: FaceParameters, edge: HeadEdge
) -> _Texture:
    """Lay strands along the way the hair is combed: away from the head, or falling over it."""
    keys = parameters.shot_keys
    waves = draw_texture(keys, "waves", 14, canvas.side)
    frizz = draw_texture(keys, "frizz", 60, canvas.side)
    x, y = canvas.x - head.x, canvas.y - head.y - outline.CENTRE_Y
    falling = torch.sqrt(x * x + y.clamp(max=0.0) ** 2 + 1e-9) * 3.2 + 0.9 * x
    combed = edge.angle.lerp(falling, hair.drape.expand_as(falling))
    combed = combed + (0.024 + 0.16 * hair.curl) * waves
    fine = draw_lattice(keys, "strands", (1, NUM_LOCKS * STRANDS_PER_LOCK))
    locks = draw_lattice(keys, "locks", (NUM_LOCKS,))
    steps = torch.arange(STRANDS_PER_LOCK) / STRANDS_PER_LOCK
    smooth = torch.lerp(locks[..., None], locks.roll(-1, 1)[..., None], steps).flatten(1)
    read = outline.look_up(torch.cat([fine, smooth[:, None]], dim=1), combed)
    finer = outline.look_up(fine, combed * 2.0 + 0.7)[:, 0]
    visible = (1.35 - 70.0 * canvas.pixel).clamp(0.35, 1.0) * (1.0 - 0.5 * hair.curl)
    return _Texture(waves, frizz, (0.6 * read[:, 0] + 0.4 * finer) * visible, read[:, 1])


def paint_back_hair(canvas: Canvas, hair: Hair, head: Head, parameters: FaceParameters) -> None:
    """Paint long hair where it falls behind the neck."""
    is_long = torch.isin(hair.style, torch.tensor(LONG_STYLES)).view(-1, 1, 1)
    if not is_long.any():
        return
    window = canvas.window(-0.45, -0.08, 0.45, 0.6)
    wave = draw_texture(parameters.shot_keys, "back", 9, canvas.side, window)
    y = canvas.y[window] - head.y
    width = 0.262 + 0.05 * smoothstep(y, 0.05, 0.4) + 0.02 * wave * hair.curl
    x = canvas.x[window] - head.x
    outside = torch.maximum(x.abs() - width, -0.05 - y)
    coverage = canvas.cover(outside, 0.006) * is_long
    grain = draw_texture(parameters.shot_keys, "grain", 90, canvas.side, window)
    tone = 0.22 + 0.5 * smoothstep(x.abs(), 0.17, 0.31) + 0.1 * grain
    canvas.paint(window, coverage, hair_colour(parameters) * tone.clamp(min=0.05)[:, None])
    canvas.label(window, coverage, HAIR_LABEL)
