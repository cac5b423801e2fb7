"""The compound generator: complete, composite, restore (Eq. 1-3)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.contracts import Completion, FCBackbone, Restoration, SRBackbone
from fcsrlib.errors import ContractError, FCSRError
from fcsrlib.models.composite import composite
from fcsrlib.registry import FC_BACKBONES, SR_BACKBONES, Slot


@dataclass(frozen=True)
class Generated:
    """Everything the generator makes of one batch.

    Attributes:
        completion: What the FC backbone returned.
        lr_composite: ``I_LR``: the completion pasted into the hole (Eq. 2), (N, 3, h, w).
        restoration: What the SR backbone returned.
    """

    completion: Completion
    lr_composite: Tensor
    restoration: Restoration


class FCSRGenerator(nn.Module):
    """FC backbone → composite → SR backbone.

    Attributes:
        absent: Names of the optional tensors that these two parts do not make: ``lr_coarse``,
            ``hr_coarse``, ``sr_priors``.

    Args:
        fc: Config of an FC backbone, or a module.
        sr: Config of an SR backbone, or a module.
        hr_side: Side of the restored face in pixels.
        scale: Enlargement; given to the SR backbone where its config does not say.

    Raises:
        ContractError: The two parts do not fit together or break their slot's contract; checked
            here once, so that it never happens in hour one of training.
    """

    def __init__(self, *, fc: Any, sr: Any, hr_side: int = 128, scale: int = 8) -> None:
        super().__init__()
        self.sr = _build(sr, SR_BACKBONES, scale=scale)
        _check_attribute(self.sr, "scale", SRBackbone)
        self.scale = int(self.sr.scale)  # type: ignore[arg-type]
        self.hr_side = hr_side
        self.lr_side = hr_side // self.scale
        self.fc = _build(fc, FC_BACKBONES, lr_side=self.lr_side)
        _check_attribute(self.fc, "size_multiple", FCBackbone)
        self.absent = check_seam(self)

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> Generated:
        """Restore a face.

        Args:
            lr_masked: Low-resolution face with its hole, (N, 3, h, w) in [0, 1].
            hole_mask: (N, 1, h, w), 1 = missing.

        Raises:
            ContractError: An input is no floating-point tensor of that shape.
        """
        self._check_inputs(lr_masked, hole_mask)
        completion = self.complete(lr_masked, hole_mask)
        lr_composite = composite(completion.image, lr_masked, hole_mask)
        return Generated(completion, lr_composite, self.restore(lr_composite))

    def _check_inputs(self, lr_masked: Tensor, hole_mask: Tensor) -> None:
        shape = tuple(getattr(lr_masked, "shape", ()))
        expected = {
            "lr_masked": (*shape[:1], 3, *shape[2:]),
            "hole_mask": (*shape[:1], 1, *shape[2:]),
        }
        for name, value in (("lr_masked", lr_masked), ("hole_mask", hole_mask)):
            if not isinstance(value, Tensor) or not value.is_floating_point():
                kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
                raise ContractError(f"{name} is {kind}; expected a float tensor in [0, 1].")
            if value.ndim != 4 or tuple(value.shape) != expected[name]:
                raise ContractError(
                    f"{name} is {tuple(value.shape)}; expected (N, {expected[name][1]}, h, w), "
                    "both of one size."
                )

    def complete(self, lr_masked: Tensor, hole_mask: Tensor) -> Completion:
        """Complete the face at low resolution (Eq. 1)."""
        return self.fc(lr_masked, hole_mask)

    def restore(self, lr_composite: Tensor) -> Restoration:
        """Enlarge the completed face (Eq. 3)."""
        return self.sr(lr_composite)


def _build(config: Any, slot: Slot, **offered: Any) -> nn.Module:
    """Build a part, offering values that it may take and that its config leaves open."""
    if isinstance(config, nn.Module):
        return config
    kind = config.get("type")
    part = slot.get(kind) if isinstance(kind, str) else kind
    taken = {}
    if part is not None:
        names = inspect.signature(part).parameters
        taken = {name: value for name, value in offered.items() if name in names}
    return slot.build(config, **taken)


def _check_attribute(part: nn.Module, attribute: str, contract: type) -> None:
    value = getattr(part, attribute, None)
    if not isinstance(value, int) or value < 1:
        raise ContractError(
            f"{type(part).__name__} has {attribute}={value!r}; a {contract.__name__} promises a "
            f"positive int as attribute '{attribute}'."
        )


def check_seam(generator: FCSRGenerator) -> frozenset[str]:
    """Check that both parts fit each other and the face's size.

    The parts are run once on the meta device, which costs no arithmetic.

    Returns:
        Names of the optional tensors that they do not make.

    Raises:
        ContractError: Naming both parts, the sizes and the fix.
    """
    fc, sr = generator.fc, generator.sr
    pair = f"{type(fc).__name__} + {type(sr).__name__}"
    if generator.lr_side * generator.scale != generator.hr_side:
        raise ContractError(
            f"{pair}: a face of {generator.hr_side} px is not a multiple of scale "
            f"{generator.scale}; change hr_side or scale."
        )
    multiple = int(fc.size_multiple)  # type: ignore[arg-type]
    if generator.lr_side % multiple:
        raise ContractError(
            f"{pair}: at x{generator.scale} the face is {generator.lr_side} px at low resolution, "
            f"but {type(fc).__name__} needs a multiple of {multiple}; make it shallower or "
            "choose a smaller scale."
        )
    side = generator.lr_side
    completion = _run_on_meta(fc, (2, 3, side, side), (2, 1, side, side))
    _check_output(fc, completion, Completion, (2, 3, side, side))
    restoration = _run_on_meta(sr, (2, 3, side, side))
    _check_output(sr, restoration, Restoration, (2, 3, generator.hr_side, generator.hr_side))
    optional = {
        "lr_coarse": completion.coarse,
        "hr_coarse": restoration.coarse,
        "sr_priors": restoration.priors,
    }
    return frozenset(name for name, value in optional.items() if value is None)


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
