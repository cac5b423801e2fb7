"""The check that an FC and an SR backbone keep their contracts and fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from fcsrlib.contracts import Completion, Restoration
from fcsrlib.errors import ContractError, FCSRError


def check_attribute(part: nn.Module, attribute: str, contract: type) -> None:
    """Check that ``part`` has the positive int that its contract promises.

    Raises:
        ContractError: It has not.
    """
    value = getattr(part, attribute, None)
    if not isinstance(value, int) or value < 1:
        raise ContractError(
            f"{type(part).__name__} has {attribute}={value!r}; a {contract.__name__} promises a "
            f"positive int as attribute '{attribute}'."
        )


def check_seam(
    fc: nn.Module, sr: nn.Module, fc_side: int, hr_side: int
) -> tuple[Completion, Restoration]:
    """Check that both parts fit each other and the face's size.

    The parts are run once on the meta device, which costs no arithmetic.

    Args:
        fc: FC backbone.
        sr: SR backbone.
        fc_side: Side of the face that ``fc`` is given.
        hr_side: Side of the face that ``sr`` returns.

    Returns:
        What the two made.

    Raises:
        ContractError: Naming both parts, the sizes and the fix.
    """
    pair = f"{type(fc).__name__} + {type(sr).__name__}"
    scale = int(sr.scale)  # type: ignore[arg-type]
    lr_side = hr_side // scale
    if lr_side * scale != hr_side:
        raise ContractError(
            f"{pair}: a face of {hr_side} px is not a multiple of scale {scale}; change hr_side "
            "or scale."
        )
    multiple = int(fc.size_multiple)  # type: ignore[arg-type]
    if fc_side % multiple:
        where = f"at x{scale} the face is {fc_side} px at low resolution"
        if fc_side != lr_side:
            where = f"the enlarged face is {fc_side} px"
        raise ContractError(
            f"{pair}: {where}, but {type(fc).__name__} needs a multiple of {multiple}; make it "
            "shallower or choose a smaller scale."
        )
    completion = _run_on_meta(fc, (2, 3, fc_side, fc_side), (2, 1, fc_side, fc_side))
    _check_output(fc, completion, Completion, (2, 3, fc_side, fc_side))
    restoration = _run_on_meta(sr, (2, 3, lr_side, lr_side))
    _check_output(sr, restoration, Restoration, (2, 3, hr_side, hr_side))
    return completion, restoration


def _run_on_meta(part: nn.Module, *shapes: tuple[int, ...]) -> Any:
    state = {
        name: tensor.to("meta")
        for name, tensor in [*part.named_parameters(), *part.named_buffers()]
    }
    inputs = tuple(torch.zeros(shape, device="meta") for shape in shapes)
    try:
        with torch.no_grad(), _evaluating(part):
            return torch.func.functional_call(part, state, inputs)
    except FCSRError:
        raise
    except Exception:
        # Operators without a meta kernel, tensors that are no buffers, values read in Python: any
        # of these may be right on a real device, so pay for one real pass before judging.
        return _run_for_real(part, shapes)


def _run_for_real(part: nn.Module, shapes: tuple[tuple[int, ...], ...]) -> Any:
    reference = next(part.parameters(), torch.zeros(()))
    try:
        with torch.no_grad(), _evaluating(part):
            return part(*(reference.new_zeros(shape) for shape in shapes))
    except FCSRError:
        raise
    except Exception as error:
        raise ContractError(
            f"{type(part).__name__} fails on inputs of {list(shapes)}: "
            f"{type(error).__name__}: {error}"
        ) from error


@contextmanager
def _evaluating(part: nn.Module) -> Iterator[None]:
    """Hold ``part`` in eval; on the meta device BatchNorm takes a fifth of the time there."""
    modes = {module: module.training for module in part.modules()}
    part.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _check_output(part: nn.Module, output: Any, kind: type, shape: tuple[int, ...]) -> None:
    if not isinstance(output, kind):
        raise ContractError(
            f"{type(part).__name__} returned {type(output).__name__}; expected "
            f"fcsrlib.contracts.{kind.__name__}."
        )
    got = tuple(output.image.shape)  # type: ignore[attr-defined]
    if got != shape:
        raise ContractError(f"{type(part).__name__} returned an image of {got}; expected {shape}.")
