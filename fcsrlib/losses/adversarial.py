"""Adversarial losses (Eq. 4): the logarithmic form of the paper and three common others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import check_choice, widen

Logits = Tensor | Sequence[Tensor]

_GENERATOR: dict[str, Callable[[Tensor], Tensor]] = {
    "log": lambda fake: F.softplus(-fake),
    "least_squares": lambda fake: (fake - 1).square() / 2,
    "hinge": lambda fake: -fake,
    "wasserstein": lambda fake: -fake,
}
_REAL: dict[str, Callable[[Tensor], Tensor]] = {
    "log": lambda real: F.softplus(-real),
    "least_squares": lambda real: (real - 1).square() / 2,
    "hinge": lambda real: F.relu(1 - real),
    "wasserstein": lambda real: -real,
}
_FAKE: dict[str, Callable[[Tensor], Tensor]] = {
    "log": lambda fake: F.softplus(fake),
    "least_squares": lambda fake: fake.square() / 2,
    "hinge": lambda fake: F.relu(1 + fake),
    "wasserstein": lambda fake: fake,
}
FORMS = tuple(_GENERATOR)


def adversarial_loss(logits: Logits, form: str = "log", saturating: bool = False) -> Tensor:
    """Return what the generator minimises (Eq. 4, min over G).

    Args:
        logits: The discriminator's logits for generated images, of any shape; the mean over a
            list of them counts each alike. A probability is ``D = sigmoid(logit)``.
        form: ``'log'``: ``-log D(z)``, which has the fixed point of Eq. 4 but a gradient while
            D wins; ``'least_squares'``: ``(l - 1)^2 / 2``; ``'hinge'`` and ``'wasserstein'``:
            ``-l``.
        saturating: The letter of Eq. 4, ``log(1 - D(z))``; only for ``'log'``.

    Raises:
        ContractError: ``logits`` is an empty list.
    """
    if saturating:
        return _mean(logits, lambda fake: -F.softplus(fake))
    return _mean(logits, _GENERATOR[form])


def discriminator_loss(real_logits: Logits, fake_logits: Logits, form: str = "log") -> Tensor:
    """Return what the discriminator minimises (the negative of Eq. 4, max over D).

    Args:
        real_logits: Logits for real images, a tensor or a list of them.
        fake_logits: Logits for generated images (made without a graph to the generator).
        form: ``'log'``: ``-log D(x) - log(1 - D(z))``; ``'least_squares'``:
            ``(r - 1)^2 / 2 + f^2 / 2``; ``'hinge'``: ``max(0, 1 - r) + max(0, 1 + f)``;
            ``'wasserstein'``: ``f - r``.

    Raises:
        ContractError: One of the logits is an empty list.
    """
    return _mean(real_logits, _REAL[form]) + _mean(fake_logits, _FAKE[form])


def _mean(logits: Logits, cost: Callable[[Tensor], Tensor]) -> Tensor:
    outputs = [logits] if isinstance(logits, Tensor) else list(logits)
    if not outputs:
        raise ContractError("logits is an empty list; expected a tensor or at least one of them.")
    return torch.stack([cost(widen(output)).mean() for output in outputs]).mean()


class AdversarialLoss(nn.Module):
    """The generator's side of Eq. 4.

    Args:
        form: ``'log'``, ``'least_squares'``, ``'hinge'`` or ``'wasserstein'``, see
            :func:`adversarial_loss`.
        saturating: The letter of Eq. 4; only for ``'log'``.

    Raises:
        ContractError: An unknown form, or ``saturating`` with another form than ``'log'``.
    """

    def __init__(self, form: str = "log", saturating: bool = False) -> None:
        """Check and keep the arguments."""
        super().__init__()
        self.form = check_choice("form", form, FORMS)
        if saturating and form != "log":
            raise ContractError(f"saturating=True is for form='log' only; got form='{form}'.")
        self.saturating = saturating

    def forward(self, logits: Logits) -> Tensor:
        """Return the loss for the discriminator's ``logits`` of generated images."""
        return adversarial_loss(logits, self.form, self.saturating)


class DiscriminatorLoss(nn.Module):
    """The discriminator's side of Eq. 4.

    Args:
        form: ``'log'``, ``'least_squares'``, ``'hinge'`` or ``'wasserstein'``, see
            :func:`discriminator_loss`.

    Raises:
        ContractError: An unknown form.
    """

    def __init__(self, form: str = "log") -> None:
        """Check and keep the argument."""
        super().__init__()
        self.form = check_choice("form", form, FORMS)

    def forward(self, real_logits: Logits, fake_logits: Logits) -> Tensor:
        """Return the loss for the logits of real and of generated images."""
        return discriminator_loss(real_logits, fake_logits, self.form)
