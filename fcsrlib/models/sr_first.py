"""The other order, the paper's Baseline 2: enlarge the face with its hole, then complete it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor
from torch.nn import functional

from fcsrlib.contracts import Completion
from fcsrlib.models.composite import composite
from fcsrlib.models.generator import FCSRGenerator, Generated, check_inputs


class SRFirstGenerator(FCSRGenerator):
    """SR backbone → FC backbone at high resolution → composite.

    Arguments are those of :class:`FCSRGenerator`; FC works at ``hr_side``.
    """

    sr_tensors: ClassVar[frozenset[str]] = frozenset({"hr_enlarged", "hr_coarse", "sr_priors"})
    fc_tensors: ClassVar[frozenset[str]] = frozenset({"hr_completed", "hr_restored"})
    first: ClassVar[str] = "sr"

    @property
    def fc_side(self) -> int:
        """Side of the face that FC completes, in pixels."""
        return self.hr_side

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> Generated:
        """Restore a face, see :meth:`FCSRGenerator.forward`."""
        check_inputs(lr_masked, hole_mask)
        restoration = self.restore(lr_masked)
        completion, hr_restored = self._complete_enlarged(restoration.image, hole_mask)
        return Generated(completion, restoration, hr_restored, None)

    def run_sr(self, step: Mapping[str, Any], separately: bool) -> dict[str, Any]:
        """Return :attr:`sr_tensors` of a training step.

        Args:
            step: Tensors by name.
            separately: Enlarge the true small face in place of the one with a hole.
        """
        restoration = self.restore(step["lr_target" if separately else "lr_masked"])
        return {
            "hr_enlarged": restoration.image,
            "hr_coarse": restoration.coarse,
            "sr_priors": restoration.priors,
        }

    def run_fc(self, step: Mapping[str, Any], separately: bool) -> dict[str, Any]:
        """Return :attr:`fc_tensors` of a training step.

        Args:
            step: Tensors by name.
            separately: Complete the true face in place of the enlarged one.
        """
        face = step["hr_target" if separately else "hr_enlarged"]
        completion, hr_restored = self._complete_enlarged(face, step["hole_mask"])
        return {"hr_completed": completion.image, "hr_restored": hr_restored}

    def _complete_enlarged(self, face: Tensor, hole_mask: Tensor) -> tuple[Completion, Tensor]:
        """Return FC's completion of an HR face under the enlarged LR hole, and the composite."""
        hr_hole_mask = functional.interpolate(hole_mask, size=face.shape[-2:], mode="nearest")
        masked = face * (1 - hr_hole_mask)
        completion = self.complete(masked, hr_hole_mask)
        return completion, composite(completion.image, masked, hr_hole_mask)
