"""Checks that a part keeps the contract of its slot; built-ins and plugins pass the same ones.

Every check raises :class:`~fcsrlib.errors.ContractError` that names the part, what was found and
how to mend it, works on a copy, and needs a fraction of a second for a small network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.contracts import Completion, FacePriors, Restoration
from fcsrlib.errors import ContractError, FCSRError
from fcsrlib.testing.loss_check import check_loss
from fcsrlib.testing.probes import (
    Tensors,
    check_input_gradient,
    check_placement,
    check_shape,
    fail,
    run_probes,
    tensors_of,
)

__all__ = [
    "check_discriminator",
    "check_face_prior",
    "check_fc_backbone",
    "check_loss",
    "check_part",
    "check_sr_backbone",
]


def check_fc_backbone(part: nn.Module, lr_side: int = 16) -> None:
    """Check an FC backbone, see :class:`fcsrlib.contracts.FCBackbone`.

    Args:
        part: The network.
        lr_side: Side of the faces in pixels, a multiple of the part's ``size_multiple``.

    Raises:
        ContractError: It breaks its contract.
    """
    multiple = _read_size(part, "size_multiple")
    if lr_side % multiple:
        raise fail(part, f"size_multiple {multiple} does not divide {lr_side}", "make it shallower")
    inputs = _draw_masked(lr_side, lr_side)
    part = run_probes(part, inputs, _complete)
    check_placement(part, inputs)
    _complete(part, _draw_masked(lr_side, lr_side + multiple))
    _check_odd_side(part, multiple, lambda side: _complete(part, _draw_masked(side, side)))
    _check_hidden_pixels(part, inputs)


def check_sr_backbone(part: nn.Module, lr_side: int = 16) -> None:
    """Check an SR backbone, see :class:`fcsrlib.contracts.SRBackbone`.

    Args:
        part: The network; an attribute ``size_multiple``, where it has one, is respected.
        lr_side: Side of its input in pixels.

    Raises:
        ContractError: It breaks its contract.
    """
    _read_size(part, "scale")
    multiple = getattr(part, "size_multiple", 1)
    if lr_side % multiple:
        raise fail(part, f"size_multiple {multiple} does not divide {lr_side}", "make it shallower")
    inputs = {"lr": _draw_image(lr_side, lr_side)}
    part = run_probes(part, inputs, _restore)
    check_placement(part, inputs)
    check_input_gradient(part, inputs, _restore, "lr")
    _restore(part, {"lr": _draw_image(lr_side, lr_side + multiple)})
    _check_odd_side(part, multiple, lambda side: _restore(part, {"lr": _draw_image(side, side)}))


def check_discriminator(part: nn.Module, hr_side: int = 128) -> None:
    """Check a discriminator, see :class:`fcsrlib.contracts.Discriminator`.

    Args:
        part: The network; it is called with and without ``hole_mask``.
        hr_side: Side of the faces in pixels.

    Raises:
        ContractError: It breaks its contract.
    """
    image, hole_mask = _draw_image(hr_side, hr_side), _draw_hole(hr_side, hr_side)
    inputs = {"image": image, "hole_mask": hole_mask}
    part = run_probes(part, inputs, _judge)
    check_input_gradient(part, inputs, _judge, "image")
    _judge(part, {"image": image})


def check_face_prior(part: nn.Module, hr_side: int = 64) -> None:
    """Check a face prior network, see :class:`fcsrlib.contracts.FacePriorNetwork`.

    Args:
        part: The network.
        hr_side: Side of the faces in pixels.

    Raises:
        ContractError: It breaks its contract.
    """
    _read_size(part, "num_landmarks")
    _read_size(part, "num_classes")
    inputs = {"image": _draw_image(hr_side, hr_side)}
    part = run_probes(part, inputs, _predict_priors)
    check_input_gradient(part, inputs, _predict_priors, "image")


_CHECKS: dict[str, Callable[[Any], None]] = {
    "FC_BACKBONES": check_fc_backbone,
    "SR_BACKBONES": check_sr_backbone,
    "DISCRIMINATORS": check_discriminator,
    "LOSSES": check_loss,
    "FACE_PRIORS": check_face_prior,
}


def check_part(slot_name: str, part: nn.Module) -> None:
    """Check ``part`` by the contract of the slot called ``slot_name``, for example "LOSSES".

    Raises:
        ContractError: It breaks its contract, or there is no such slot.
    """
    if slot_name not in _CHECKS:
        raise ContractError(f"there is no slot '{slot_name}'; choose one of {', '.join(_CHECKS)}.")
    _CHECKS[slot_name](part)


def _complete(part: nn.Module, inputs: Tensors) -> Tensors:
    lr_masked = inputs["lr_masked"]
    output = part(lr_masked, inputs["hole_mask"])
    _check_kind(part, output, Completion)
    check_shape(part, "image", output.image, tuple(lr_masked.shape))
    if output.coarse is not None:
        check_shape(part, "coarse", output.coarse, tuple(lr_masked.shape))
    return tensors_of({"image": output.image, "coarse": output.coarse, **_read_aux(part, output)})


def _restore(part: Any, inputs: Tensors) -> Tensors:
    batch, _, height, width = inputs["lr"].shape
    height, width = height * part.scale, width * part.scale
    output = part(inputs["lr"])
    _check_kind(part, output, Restoration)
    check_shape(part, "image", output.image, (batch, 3, height, width))
    if output.coarse is not None:
        check_shape(part, "coarse", output.coarse, (batch, 3, height, width))
    found = {"image": output.image, "coarse": output.coarse, **_read_aux(part, output)}
    if output.priors is not None:
        found |= _read_priors(part, output.priors, (batch, height // 2, width // 2))
    return tensors_of(found)


def _judge(part: nn.Module, inputs: Tensors) -> Tensors:
    output = part(inputs["image"], hole_mask=inputs.get("hole_mask"))
    logits = output if isinstance(output, list) else [output]
    for index, one in enumerate(logits):
        if not isinstance(one, Tensor) or one.shape[:1] != inputs["image"].shape[:1]:
            what = tuple(one.shape) if isinstance(one, Tensor) else type(one).__name__
            raise fail(
                part,
                f"logits {index} is {what}",
                "return a tensor, or a list of tensors, whose first dimension is the batch",
            )
    if not logits:
        raise fail(part, "it returns no logits", "return a tensor or a list of tensors")
    return {f"logits {index}": one for index, one in enumerate(logits)}


def _predict_priors(part: Any, inputs: Tensors) -> Tensors:
    batch, _, height, width = inputs["image"].shape
    output = part(inputs["image"])
    _check_kind(part, output, FacePriors)
    found = _read_priors(part, output, (batch, height // 2, width // 2))
    for name, promised in (("landmarks", part.num_landmarks), ("parsing", part.num_classes)):
        if found[name].shape[1] != promised:
            raise fail(
                part, f"{name} has {found[name].shape[1]} channels", f"it promises {promised}"
            )
    return found


def _read_priors(part: nn.Module, priors: Any, size: tuple[int, int, int]) -> Tensors:
    _check_kind(part, priors, FacePriors)
    batch, height, width = size
    for name in ("landmarks", "parsing"):
        tensor = getattr(priors, name)
        channels = tensor.shape[1] if isinstance(tensor, Tensor) and tensor.ndim == 4 else 0
        check_shape(part, name, tensor, (batch, channels, height, width))
    if priors.landmarks.min() < 0 or priors.landmarks.max() > 1:
        raise fail(part, "landmarks leave [0, 1]", "end that head with a sigmoid")
    return {"landmarks": priors.landmarks, "parsing": priors.parsing}


def _read_aux(part: nn.Module, output: Completion | Restoration) -> dict[str, Any]:
    if not isinstance(output.aux, Mapping):
        raise fail(part, f"aux is {type(output.aux).__name__}", "return a dict of names to values")
    return {f"aux.{name}": value for name, value in output.aux.items()}


def _check_kind(part: nn.Module, output: Any, kind: type) -> None:
    if not isinstance(output, kind):
        raise fail(
            part,
            f"it returns {type(output).__name__}",
            f"wrap the result: fcsrlib.contracts.{kind.__name__}(...)",
        )


def _check_odd_side(part: nn.Module, multiple: int, run: Callable[[int], Any]) -> None:
    """Check that a side that is no multiple is refused by name or served, but does not crash."""
    if multiple == 1:
        return
    try:
        run(4 * multiple + 1)
    except FCSRError:
        return
    except Exception as error:
        raise fail(
            part,
            f"a side of {4 * multiple + 1} px raises {type(error).__name__}",
            f"check the size first and raise a ContractError that names the multiple {multiple}",
        ) from error


def _check_hidden_pixels(part: nn.Module, inputs: Tensors) -> None:
    """Check that what lies under the hole is not read: in use nobody knows it."""
    hole_mask = inputs["hole_mask"]
    other = inputs["lr_masked"] * (1 - hole_mask) + 0.7 * hole_mask
    with torch.no_grad():
        first = _complete(part, inputs)["image"]
        second = _complete(part, {**inputs, "lr_masked": other})["image"]
    if not torch.allclose(first, second, atol=1e-5):
        raise fail(
            part,
            "its output depends on the pixels under the hole",
            "multiply lr_masked by (1 - hole_mask) first",
        )


def _read_size(part: nn.Module, attribute: str) -> int:
    value = getattr(part, attribute, None)
    if not isinstance(value, int) or value < 1:
        raise fail(part, f"{attribute} is {value!r}", f"give it an int attribute {attribute} >= 1")
    return value


def _draw_image(height: int, width: int) -> Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def _draw_hole(height: int, width: int) -> Tensor:
    """Return a central hole and one at the border, (2, 1, height, width)."""
    hole_mask = torch.zeros(2, 1, height, width)
    hole_mask[0, :, height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 1
    hole_mask[1, :, : height // 2, : width // 2] = 1
    return hole_mask


def _draw_masked(height: int, width: int) -> Tensors:
    hole_mask = _draw_hole(height, width)
    return {"lr_masked": _draw_image(height, width) * (1 - hole_mask), "hole_mask": hole_mask}
