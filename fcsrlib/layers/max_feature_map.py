"""Max-feature-map: of two feature maps, each place keeps the larger value.

Wu et al., "A Light CNN for Deep Face Representation with Noisy Labels", TIFS 2018, Sec. III-A.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fcsrlib.errors import ContractError


def max_feature_map(features: Tensor) -> Tensor:
    """Return the larger of channel ``c`` and channel ``c + C/2``, element by element.

    Args:
        features: (N, C, ...), C even.

    Returns:
        (N, C/2, ...).

    Raises:
        ContractError: C is odd.
    """
    if features.ndim < 2 or features.shape[1] % 2:
        raise ContractError(
            f"max_feature_map got {tuple(features.shape)}; expected (N, C, ...) with C even."
        )
    left, right = features.chunk(2, dim=1)
    return torch.maximum(left, right)


class MaxFeatureMap(nn.Module):
    """:func:`max_feature_map` as an activation: it halves the channels of the layer before it."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, C/2, ...) for ``features`` (N, C, ...)."""
        return max_feature_map(features)
