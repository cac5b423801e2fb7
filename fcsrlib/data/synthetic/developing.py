"""From layers of linear light to an 8-bit photograph."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map


def develop(canvas: Canvas, parameters: FaceParameters) -> Tensor:
    """Turn the layers into a photograph: uint8 RGB (N, S, S, 3). The layers are used up."""
    shot = parameters.shot
    linear = canvas.albedo.mul_(canvas.light).add_(canvas.gloss)
    linear *= torch.exp(as_map(shot.exposure))[:, None]
    gray = linear.mean(1, keepdim=True)
    linear.sub_(gray).mul_(as_map(shot.saturation)[:, None]).add_(gray).clamp_(min=0.0)
    # A soft shoulder, as film has, so that no patch of skin burns out; then a square root in
    # place of the display's gamma: close to it and several times cheaper.
    image = (1.7 * linear).div_(linear.add_(0.85)).sqrt_().clamp_(max=1.02)
    curve = (3.0 - 2.0 * image).mul_(image).mul_(image)
    image.lerp_(curve, 0.5 * as_map(shot.contrast)[:, None].expand_as(image))
    image.mul_(255.0).add_(0.5).clamp_(0.0, 255.0)
    return image.to(torch.uint8).permute(0, 2, 3, 1)
