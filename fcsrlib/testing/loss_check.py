"""Checks that a loss keeps the contract of its slot."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.contracts import FacePriors
from fcsrlib.testing.probes import fail
from fcsrlib.testing.toy import ToyDiscriminator

_SIDE = 32


def check_loss(part: nn.Module, inputs: Mapping[str, Any] | None = None) -> None:
    """Check a loss: named inputs, a finite scalar, a finite gradient, repeatable, in bfloat16.

    Args:
        part: The loss.
        inputs: Values for the parameters of its ``forward`` that have no default. Those with a
            name the library's own losses use (``image``, ``target``, ``hole_mask``, ``logits``,
            ``priors`` ...) need not be given.

    Raises:
        ContractError: It breaks its contract, or ``inputs`` lacks a parameter.
    """
    if not isinstance(part, nn.Module):
        raise fail(part, "it is no torch.nn.Module", "derive its class from it")
    subject = copy.deepcopy(part)
    values = _draw_inputs(part, dict(inputs or {}))
    first = _evaluate(subject, values)
    if not torch.equal(first, _evaluate(subject, values)):
        raise fail(part, "two runs of one seed differ", "draw from torch's global generator")
    with torch.autocast("cpu", torch.bfloat16):
        _evaluate(subject, values)
    _check_gradient(subject, values, "")
    if "image" in values and "target" in values:
        _check_gradient(
            subject, {**values, "image": values["target"].clone()}, " at image = target"
        )


def _evaluate(part: nn.Module, values: dict[str, Any]) -> Tensor:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        value = part(**values)
    if not isinstance(value, Tensor) or value.shape != ():
        what = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise fail(part, f"it returns {what}", "return a scalar tensor, for example its mean()")
    if not value.isfinite():
        raise fail(part, f"it is {value.item()}", "keep divisions and logarithms off zero")
    return value


def _check_gradient(part: nn.Module, values: dict[str, Any], where: str) -> None:
    leaves: list[Tensor] = []
    value = _evaluate(part, {name: _watch(value, leaves) for name, value in values.items()})
    if value.grad_fn is None:
        raise fail(part, f"no gradient leaves it{where}", "do not detach its inputs")
    gradients = torch.autograd.grad(value, leaves, allow_unused=True)
    reached = [gradient for gradient in gradients if gradient is not None]
    if not reached:
        raise fail(part, f"no gradient reaches any input{where}", "do not detach its inputs")
    if not all(gradient.isfinite().all() for gradient in reached):
        raise fail(part, f"its gradient is not finite{where}", "add a small constant under sqrt")


def _watch(value: Any, leaves: list[Tensor]) -> Any:
    """Return ``value`` with its floating-point tensors made leaves that ask for a gradient."""
    if isinstance(value, nn.Module):
        leaves.extend(value.parameters())
        return value
    if isinstance(value, FacePriors):
        return FacePriors(_watch(value.landmarks, leaves), _watch(value.parsing, leaves))
    if isinstance(value, (list, tuple)):
        return [_watch(one, leaves) for one in value]
    if isinstance(value, Tensor) and value.is_floating_point():
        leaves.append(value.detach().clone().requires_grad_())
        return leaves[-1]
    return value


def _draw_inputs(part: nn.Module, given: dict[str, Any]) -> dict[str, Any]:
    samples = _draw_samples()
    for name, parameter in inspect.signature(part.forward).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise fail(
                part,
                f"its forward takes *{name}",
                "name every parameter: a config's inputs map them to tensors",
            )
        if name in given:
            continue
        if name in samples:
            given[name] = samples[name]
        elif parameter.default is parameter.empty:
            raise fail(
                part,
                f"nothing is known about its parameter '{name}'",
                f"call check_loss(part, inputs=dict({name}=...))",
            )
    return given


def _draw_samples() -> dict[str, Any]:
    generator = torch.Generator().manual_seed(2)

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    hole_mask = torch.zeros(2, 1, _SIDE, _SIDE)
    hole_mask[:, :, 8:24, 8:24] = 1
    half = _SIDE // 2
    return {
        "image": draw(2, 3, _SIDE, _SIDE),
        "target": draw(2, 3, _SIDE, _SIDE),
        "real": draw(2, 3, _SIDE, _SIDE),
        "fake": draw(2, 3, _SIDE, _SIDE),
        "hole_mask": hole_mask,
        "occluder_mask": hole_mask,
        "occlusion_logits": draw(2, 1, _SIDE, _SIDE),
        "logits": draw(2, 1, 4, 4),
        "real_logits": draw(2, 1, 4, 4),
        "fake_logits": draw(2, 1, 4, 4),
        "discriminator": ToyDiscriminator(),
        "priors": FacePriors(draw(2, 5, half, half), draw(2, 4, half, half)),
        "landmark_target": draw(2, 5, half, half),
        "landmark_known": torch.ones(2, 5, dtype=torch.bool),
        "parsing_target": (draw(2, half, half) * 4).long(),
    }
