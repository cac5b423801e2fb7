"""Builds the network that a release file describes, around the weights it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.errors import CheckpointError, FCSRError, UnknownComponentError
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.layers.weights import find_differences
from fcsrlib.models.order import build_generator
from fcsrlib.plugin import load_plugins
from fcsrlib.registry import FACE_PRIORS, MODELS


def build_network(
    info: ReleaseInfo,
    state: Mapping[str, Tensor],
    origin: str,
    device: torch.device,
    dtype: torch.dtype,
) -> nn.Module:
    """Return the network of ``info`` with the weights ``state``, in eval mode.

    It is built without memory and takes the stored tensors as its own: no random beginnings are
    drawn, each weight is converted once, and a config that does not fit its weights costs nothing.

    Args:
        info: What to build.
        state: Tensors by name.
        origin: Where both came from, for errors.
        device: Where the network shall run.
        dtype: Type of its floating weights and buffers.

    Raises:
        CheckpointError: The weights are of another network, or the config builds none.
        UnknownComponentError: It is made of parts that nobody registered.
    """
    converted = {
        name: tensor.to(device, dtype if tensor.is_floating_point() else None)
        for name, tensor in state.items()
    }
    with _explaining(info, origin):
        network = _build_on_meta(info)
        if network is not None:
            _take(network, converted)
        if network is None or _has_meta(network):
            network = _make(info)
            _take(network, converted)
    return network.to(device, dtype).eval()  # by now only what no file holds is left to move


def _build_on_meta(info: ReleaseInfo) -> nn.Module | None:
    """Return the network without memory; None where a part's constructor computes with tensors."""
    # Imported under the meta device, a module's own constants would be lost for all others.
    load_plugins()
    MODELS.import_from_location()
    try:
        with torch.device("meta"):
            return _make(info)
    except UnknownComponentError:
        raise
    except Exception:  # a part that cannot be built at all says so when it is built for real
        return None


def _has_meta(network: nn.Module) -> bool:
    """Say whether tensors are left that no file holds, such as non-persistent buffers."""
    attributes = chain.from_iterable(vars(module).values() for module in network.modules())
    held = (value for value in attributes if isinstance(value, Tensor))
    return any(one.is_meta for one in chain(network.parameters(), network.buffers(), held))


def _take(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Make the tensors of ``state`` those of ``network``."""
    differences = find_differences(network, state)
    if differences:
        raise CheckpointError(f"its weights are of another network than its config: {differences}")
    for name, own in network.state_dict().items():
        if state[name].is_floating_point() != own.is_floating_point():
            raise CheckpointError(f"{name} is {state[name].dtype}, expected {own.dtype}")
        if own.is_floating_point() and not torch.isfinite(state[name]).all():
            raise CheckpointError(f"{name} holds values that are not finite: the file is damaged")
    network.load_state_dict(dict(state), assign=True)


@contextmanager
def _explaining(info: ReleaseInfo, origin: str) -> Iterator[None]:
    try:
        yield
    except UnknownComponentError as error:
        raise UnknownComponentError(
            f"{origin}: {error} The file was made with fcsrlib {info.library_version}; install "
            "the plugin that brings the part, or that version or a newer one."
        ) from error
    except Exception as error:  # whatever a part's constructor says to arguments of a stranger
        reason = " ".join(str(error).split()).rstrip(".")[:400]
        if not isinstance(error, FCSRError):
            reason = f"{type(error).__name__}: {reason}"
        raise CheckpointError(
            f"{origin} holds no {info.kind} that this library can build: {reason}. "
            f"It was made with fcsrlib {info.library_version}."
        ) from error


def _make(info: ReleaseInfo) -> nn.Module:
    return _MAKERS[info.kind](info.config)


def _make_generator(config: Mapping[str, Any]) -> nn.Module:
    return build_generator(**config)


def _make_face_prior(config: Mapping[str, Any]) -> nn.Module:
    network: nn.Module = FACE_PRIORS.build(dict(config))
    return network


def _make_mask(config: Mapping[str, Any]) -> nn.Module:
    """Build a network of registry MODELS.

    MMEngine's own look-up would import whatever a dotted name says, which no file may do.
    """
    arguments = dict(config)
    name = arguments.pop("type")
    part = MODELS.module_dict.get(name)
    if part is None or not issubclass(part, nn.Module):
        raise UnknownComponentError(f"MODELS has no network '{name}'.")
    network: nn.Module = part(**arguments)
    return network


_MAKERS: dict[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    "generator": _make_generator,
    "face_prior": _make_face_prior,
    "mask": _make_mask,
}
