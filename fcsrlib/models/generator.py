"""The compound generator: complete, composite, restore (Eq. 1-3)."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from fcsrlib.contracts import Completion, FCBackbone, Restoration, SRBackbone
from fcsrlib.errors import ContractError
from fcsrlib.models.composite import composite
from fcsrlib.models.seam import check_attribute, check_seam
from fcsrlib.registry import FC_BACKBONES, SR_BACKBONES, Slot

OF_RESTORED = frozenset({"restored_logits", "restored_priors"})
"""Tensors of a step that others make of ``hr_restored``."""


@dataclass(frozen=True)
class Generated:
    """Everything a generator makes of one batch.

    Attributes:
        completion: What the FC backbone returned.
        restoration: What the SR backbone returned.
        hr_restored: ``I_HR``, the result, (N, 3, H, W).
        lr_composite: ``I_LR``: the completion pasted into the hole (Eq. 2), (N, 3, h, w); None
            where completion comes after enlargement.
    """

    completion: Completion
    restoration: Restoration
    hr_restored: Tensor
    lr_composite: Tensor | None


class FCSRGenerator(nn.Module):
    """FC backbone → composite → SR backbone.

    Attributes:
        fc_tensors: Names of the tensors that FC's run makes in a training step.
        sr_tensors: Names of those that SR's run makes.
        first: The part that runs first.
        absent: Names of the optional tensors that these two parts do not make.

    Args:
        fc: Config of an FC backbone, or a module.
        sr: Config of an SR backbone, or a module.
        hr_side: Side of the restored face in pixels.
        scale: Enlargement; given to the SR backbone where its config does not say.

    Raises:
        ContractError: The two parts do not fit together or break their slot's contract; checked
            here once, so that it never happens in hour one of training.
    """

    fc_tensors: ClassVar[frozenset[str]] = frozenset({"lr_completed", "lr_coarse", "lr_composite"})
    sr_tensors: ClassVar[frozenset[str]] = frozenset({"hr_restored", "hr_coarse", "sr_priors"})
    first: ClassVar[str] = "fc"

    def __init__(self, *, fc: Any, sr: Any, hr_side: int = 128, scale: int = 8) -> None:
        super().__init__()
        self.sr = _build(sr, SR_BACKBONES, scale=scale)
        check_attribute(self.sr, "scale", SRBackbone)
        self.scale = int(self.sr.scale)  # type: ignore[arg-type]
        self.hr_side = hr_side
        self.lr_side = hr_side // self.scale
        self.fc = _build(fc, FC_BACKBONES, lr_side=self.fc_side)
        check_attribute(self.fc, "size_multiple", FCBackbone)
        completion, restoration = check_seam(self.fc, self.sr, self.fc_side, hr_side)
        optional = {
            "lr_coarse": completion.coarse,
            "hr_coarse": restoration.coarse,
            "sr_priors": restoration.priors,
        }
        self.absent = frozenset(name for name, value in optional.items() if value is None)

    @property
    def fc_side(self) -> int:
        """Side of the face that FC completes, in pixels."""
        return self.lr_side

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> Generated:
        """Restore a face.

        Args:
            lr_masked: Low-resolution face with its hole, (N, 3, h, w) in [0, 1].
            hole_mask: (N, 1, h, w), 1 = missing.

        Raises:
            ContractError: An input is no floating-point tensor of that shape.
        """
        check_inputs(lr_masked, hole_mask)
        completion = self.complete(lr_masked, hole_mask)
        lr_composite = composite(completion.image, lr_masked, hole_mask)
        restoration = self.restore(lr_composite)
        return Generated(completion, restoration, restoration.image, lr_composite)

    def complete(self, masked: Tensor, hole_mask: Tensor) -> Completion:
        """Complete a face of side ``fc_side`` (Eq. 1)."""
        return self.fc(masked, hole_mask)

    def restore(self, lr: Tensor) -> Restoration:
        """Enlarge a low-resolution face (Eq. 3)."""
        return self.sr(lr)

    def run_fc(self, step: Mapping[str, Any], separately: bool) -> dict[str, Any]:
        """Return :attr:`fc_tensors` of a training step; FC's input is true in either case."""
        completion = self.complete(step["lr_masked"], step["hole_mask"])
        return {
            "lr_completed": completion.image,
            "lr_coarse": completion.coarse,
            "lr_composite": composite(completion.image, step["lr_masked"], step["hole_mask"]),
        }

    def run_sr(self, step: Mapping[str, Any], separately: bool) -> dict[str, Any]:
        """Return :attr:`sr_tensors` of a training step.

        Args:
            step: Tensors by name.
            separately: Enlarge the true small face in place of the completed one.
        """
        restoration = self.restore(step["lr_target" if separately else "lr_composite"])
        return {
            "hr_restored": restoration.image,
            "hr_coarse": restoration.coarse,
            "sr_priors": restoration.priors,
        }

    def find_reach(self, part: str, separately: bool) -> frozenset[str]:
        """Return the tensors of a step through which ``part``, ``fc`` or ``sr``, can learn."""
        own = {"fc": self.fc_tensors, "sr": self.sr_tensors}
        reach = own["fc"] | own["sr"] if part == self.first and not separately else own[part]
        return reach | OF_RESTORED if "hr_restored" in reach else reach


def check_inputs(lr_masked: Tensor, hole_mask: Tensor) -> None:
    """Check the types and shapes of a generator's inputs.

    Raises:
        ContractError: An input is no floating-point tensor (N, 3, h, w) and (N, 1, h, w).
    """
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
