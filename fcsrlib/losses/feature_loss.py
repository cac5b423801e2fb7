"""What the losses on VGG-16 features share (Eq. 5 and 7): their arguments and their check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import REDUCTIONS, check_choice, check_same_shape
from fcsrlib.losses.vgg import DEFAULT_LAYERS, VGG16Settings

Features = Mapping[str, Tensor]


class FeatureLoss(nn.Module):
    """Compares the VGG-16 features of two images.

    Args:
        layers: VGG-16 layers, see :class:`~fcsrlib.losses.vgg.VGG16Features`.
        weights: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        scales: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        input: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        reduction: ``'mean'`` or ``'sum'``.

    Raises:
        CheckpointError: The weights cannot be loaded.
        ContractError: The arguments do not fit together.
    """

    def __init__(
        self,
        layers: Sequence[str] = DEFAULT_LAYERS,
        weights: str | Path | None = None,
        scales: Mapping[str, float] | None = None,
        input: str = "caffe",
        reduction: str = "mean",
    ) -> None:
        """Check the arguments and load the features' weights."""
        super().__init__()
        self.vgg = VGG16Settings(layers, weights, scales, input)
        self.reduction = check_choice("reduction", reduction, REDUCTIONS)

    @staticmethod
    def compare(features: Features, target_features: Features, reduction: str) -> Tensor:
        """Return the distance of two sets of features; what a subclass is."""
        raise NotImplementedError

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """Compare ``image`` with ``target``, both (N, 3, H, W), RGB in [0, 1].

        Raises:
            ContractError: The shapes do not fit each other or the network.
        """
        check_same_shape(image, target)
        vgg = self.vgg.on(image.device)
        return self.compare(vgg(image), vgg(target), self.reduction)


def check_same_layers(features: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> None:
    """Check that two sets of features can be compared layer by layer.

    Raises:
        ContractError: There are none, or the layers or shapes differ.
    """
    if not features or features.keys() != targets.keys():
        raise ContractError(
            f"features are of layers {list(features)}, the target's of {list(targets)}; "
            "expected the same layers, at least one."
        )
    for name, value in features.items():
        check_same_shape(value, targets[name], f"features {name} of image and target")
