"""Frozen VGG-16 features, scaled to equal size, computed once for all the terms of a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import check_choice
from fcsrlib.losses.vgg_weights import BLOCKS, CONVS, load_vgg16_weights

DEFAULT_LAYERS = ("pool1", "pool2", "pool3")

MEAN_ACTIVATIONS: dict[str, float] = {
    "conv1_1": 19.526,
    "conv1_2": 102.494,
    "pool1": 127.527,
    "conv2_1": 164.903,
    "conv2_2": 185.030,
    "pool2": 309.576,
    "conv3_1": 254.588,
    "conv3_2": 282.488,
    "conv3_3": 193.772,
    "pool3": 359.566,
}
"""Mean activation of each layer of the shipped weights, measured on 512 aligned 128x128 faces of
LFW. At low resolution more of the face's contrast falls into each window and the means are larger:
pool1, pool2, pool3 have 210, 603, 837 at 32x32 and 249, 706, 1096 at 16x16."""

_NORMALISATION = {
    "caffe": ((123.68 / 255, 116.779 / 255, 103.939 / 255), (1 / 255, 1 / 255, 1 / 255)),
    "torchvision": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
_LAYERS = tuple(
    name
    for block in range(1, len(BLOCKS) + 1)
    for name in (*(conv for conv in CONVS if conv[4] == str(block)), f"pool{block}")
)

_Cache = dict[tuple[int, int, bool], tuple[Tensor, dict[str, Tensor]]]
_cache: ContextVar[_Cache | None] = ContextVar("vgg_features", default=None)


@contextmanager
def feature_cache() -> Iterator[None]:
    """Compute the features of each tensor once while this context is open.

    Perceptual and style terms look at the same images; one training step opens one context around
    its terms. The same tensor *object* gives the same features, with their graph, so the terms
    must be summed before ``backward``, and images must not be written to in place meanwhile.
    """
    token = _cache.set({})
    try:
        yield
    finally:
        _cache.reset(token)


class VGG16Features(nn.Module):
    """Frozen feature maps of VGG-16 (the phi of Eq. 5 and 7), each divided by a constant.

    Always in eval, without gradients for its parameters. Losses reach it through
    :func:`shared_vgg` and do not own it, so it is in nobody's state dict or optimiser.

    Args:
        layers: Names such as ``'conv3_3'`` (after its ReLU) or ``'pool3'``.
        weights: File to load, see :func:`~fcsrlib.losses.vgg_weights.load_vgg16_weights`; None for
            the shipped conv1_1 to conv3_3 of the Visual Geometry Group, which reach to pool3.
        scales: Layer → the number its features are divided by; layers left out are not scaled.
            None: :data:`MEAN_ACTIVATIONS` for the shipped weights, so that a layer's mean
            activation on faces is 1; nothing for other weights.
        input: ``'caffe'`` (0..255 minus the mean; the shipped weights) or ``'torchvision'`` (mean
            and standard deviation on [0, 1]).

    Raises:
        CheckpointError: The weights cannot be loaded or do not reach the layers.
        ContractError: An unknown layer or input, or the shipped weights with another input.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        layers: Sequence[str] = DEFAULT_LAYERS,
        weights: str | Path | None = None,
        scales: Mapping[str, float] | None = None,
        input: str = "caffe",
    ) -> None:
        """Load the weights up to the deepest of ``layers``."""
        super().__init__()
        check_choice("input", input, _NORMALISATION)
        if weights is None and input != "caffe":
            raise ContractError(f"the shipped VGG-16 weights need input='caffe'; got '{input}'.")
        if not layers:
            raise ContractError("layers is empty; name at least one, for example 'pool3'.")
        self.layers = tuple(check_choice("layer", name, _LAYERS) for name in layers)
        self.scales = dict(scales if scales is not None else {} if weights else MEAN_ACTIVATIONS)
        self._steps = _LAYERS[: max(map(_LAYERS.index, self.layers)) + 1]
        convs = tuple(name for name in self._steps if name in CONVS)
        for name, value in load_vgg16_weights(weights, convs).items():
            self.register_buffer(name.replace(".", "_"), value, persistent=False)
        for name, numbers in zip(("mean", "std"), _NORMALISATION[input], strict=True):
            value = torch.tensor(numbers).view(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)
        self.eval()

    def train(self, mode: bool = True) -> VGG16Features:
        """Stay in eval, whatever ``mode`` says."""
        return super().train(False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return layer name → features (N, C, h, w) of ``image`` (N, 3, H, W), RGB in [0, 1].

        Raises:
            ContractError: Not three channels, or too small for the pools of the deepest layer.
        """
        cache = _cache.get()
        if cache is None:
            return self._compute(image)
        key = (id(self), id(image), torch.is_grad_enabled() and image.requires_grad)
        if key not in cache:
            cache[key] = (image, self._compute(image))  # holds the image, so its id stays taken
        return cache[key][1]

    def _compute(self, image: Tensor) -> dict[str, Tensor]:
        self._check(image)
        value = (image.to(self.mean.dtype) - self.mean) / self.std
        features = {}
        for name in self._steps:
            if name in CONVS:
                weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
                value = F.relu(F.conv2d(value, weight, bias, padding=1))
            else:
                value = F.max_pool2d(value, 2)
            if name in self.layers:
                features[name] = value / self.scales.get(name, 1.0)
        return features

    def _check(self, image: Tensor) -> None:
        smallest = 2 ** sum(name.startswith("pool") for name in self._steps)
        if image.dim() != 4 or image.shape[1] != 3 or min(image.shape[2:]) < smallest:
            raise ContractError(
                f"image is {tuple(image.shape)}; VGG-16 up to {self._steps[-1]} expects "
                f"(N, 3, H, W) with sides of at least {smallest}."
            )


class VGG16Settings:
    """The arguments of :class:`VGG16Features` that a loss keeps in place of the network.

    Args:
        layers: See :class:`VGG16Features`.
        weights: See :class:`VGG16Features`.
        scales: See :class:`VGG16Features`.
        input: See :class:`VGG16Features`.

    Raises:
        CheckpointError: The weights cannot be loaded, found now and not in the first iteration.
        ContractError: The arguments do not fit together.
    """

    def __init__(
        self,
        layers: Sequence[str] = DEFAULT_LAYERS,
        weights: str | Path | None = None,
        scales: Mapping[str, float] | None = None,
        input: str = "caffe",
    ) -> None:
        """Keep the arguments and build the network once on the CPU, to check them."""
        items = None if scales is None else tuple(sorted(scales.items()))
        path = None if weights is None else str(weights)
        self._arguments = (tuple(layers), path, items, input)
        self.on(torch.device("cpu"))

    def on(self, device: torch.device) -> VGG16Features:
        """Return the network of these settings that all terms share on ``device``."""
        return _build_shared(*self._arguments, device)


def shared_vgg(
    layers: Sequence[str] = DEFAULT_LAYERS,
    weights: str | Path | None = None,
    scales: Mapping[str, float] | None = None,
    input: str = "caffe",
    device: torch.device | str = "cpu",
) -> VGG16Features:
    """Return the one :class:`VGG16Features` of these settings on ``device``.

    Raises:
        CheckpointError: The weights cannot be loaded.
        ContractError: The arguments do not fit together.
    """
    return VGG16Settings(layers, weights, scales, input).on(torch.device(device))


@lru_cache(maxsize=8)
def _build_shared(
    layers: tuple[str, ...],
    weights: str | None,
    scales: tuple[tuple[str, float], ...] | None,
    input: str,
    device: torch.device,
) -> VGG16Features:
    return VGG16Features(layers, weights, None if scales is None else dict(scales), input).to(
        device
    )
