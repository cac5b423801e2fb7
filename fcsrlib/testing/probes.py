"""Questions put to a network of any slot: is it deterministic, differentiable, storable ...?"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.errors import ContractError

Tensors = dict[str, Tensor]
Call = Callable[[nn.Module, Tensors], Tensors]

TOLERANCE = 1e-4  # a convolution of another batch size may sum in another order


def run_probes(part: nn.Module, inputs: Tensors, call: Call) -> nn.Module:
    """Put every question to a copy of ``part``, which itself stays as it is.

    Args:
        part: The network.
        inputs: Its input tensors by name, batches of two, the same on every call.
        call: Runs the network on such inputs and returns its output tensors by name.

    Returns:
        The copy, in evaluation mode, for questions of the slot's own.

    Raises:
        ContractError: With the part, the question, what was found and how to mend it.
    """
    if not isinstance(part, nn.Module):
        raise ContractError(f"{part!r} is no torch.nn.Module; make its class derive from it.")
    subject = _copy(part)
    expected = _run(subject, inputs, call)
    _check_finite(subject, expected)
    check_determinism(subject, inputs, call, expected)
    check_batch_independence(subject, inputs, call, expected)
    check_storage(subject, inputs, call, expected)
    check_autocast(subject, inputs, call)
    check_gradients(subject, inputs, call)
    return subject.eval()


def fail(part: Any, found: str, fix: str) -> ContractError:
    """Return the error that says what ``part`` does wrong and what to do."""
    return ContractError(f"{type(part).__name__}: {found}; {fix}.")


def check_shape(part: Any, name: str, tensor: Any, shape: tuple[int, ...]) -> None:
    """Check that output ``name`` is a floating-point tensor of ``shape``.

    Raises:
        ContractError: It is not.
    """
    if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
        what = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
        raise fail(part, f"{name} is {what}", "return a floating-point tensor")
    if tuple(tensor.shape) != shape:
        raise fail(part, f"{name} is {tuple(tensor.shape)}", f"expected {shape}")


def check_determinism(part: nn.Module, inputs: Tensors, call: Call, expected: Tensors) -> None:
    """Check that another run in evaluation mode gives ``expected`` bit for bit."""
    for name, tensor in _run(part, inputs, call).items():
        if not torch.equal(tensor, expected[name]):
            raise fail(
                part,
                f"{name} differs between two runs in eval()",
                "draw noise only while self.training, or from a generator seeded per call",
            )


def check_batch_independence(
    part: nn.Module, inputs: Tensors, call: Call, expected: Tensors
) -> None:
    """Check that in evaluation mode a face does not see the others of its batch."""
    for index in range(2):
        alone = _run(part, _slice(inputs, index), call)
        for name, tensor in expected.items():
            if not _is_close(tensor[index : index + 1], alone[name]):
                raise fail(
                    part,
                    f"{name} of a face depends on the other faces of its batch in eval()",
                    "use running statistics, never those of the batch",
                )


def check_gradients(part: nn.Module, inputs: Tensors, call: Call) -> None:
    """Check that training reaches every parameter that asks for a gradient."""
    part.train()
    part.zero_grad(set_to_none=True)
    _project(call(part, inputs)).backward()
    for name, parameter in part.named_parameters():
        if not parameter.requires_grad:
            continue
        if parameter.grad is None:
            raise fail(
                part,
                f"no gradient reaches parameter {name}",
                "use it in forward, remove it, or set its requires_grad to False",
            )
        if not parameter.grad.isfinite().all():
            raise fail(part, f"the gradient of {name} is not finite", "keep sqrt and log off zero")
    part.zero_grad(set_to_none=True)


def check_input_gradient(part: nn.Module, inputs: Tensors, call: Call, name: str) -> None:
    """Check that a gradient flows through the part to input ``name``, as joint training needs."""
    subject = _copy(part).eval()
    watched = inputs[name].clone().requires_grad_()
    output = _project(call(subject, {**inputs, name: watched}))
    gradient = (
        torch.autograd.grad(output, watched, allow_unused=True)[0] if _has_graph(output) else None
    )
    if gradient is None or not gradient.isfinite().all():
        what = "no" if gradient is None else "no finite"
        raise fail(part, f"{what} gradient reaches its input '{name}'", "do not detach it")


def check_placement(part: nn.Module, inputs: Tensors) -> None:
    """Check that the part can be moved to another device and does not branch on pixel values.

    The device is torch's ``meta``, on which the generator tries its parts when it is built; an
    operator that does not exist there is forgiven, as it is there.

    Raises:
        ContractError: It cannot.
    """
    subject = _copy(part).to("meta")
    try:
        with torch.no_grad():
            subject(*(tensor.to("meta") for tensor in inputs.values()))
    except NotImplementedError:
        return
    except Exception as error:
        raise fail(
            part,
            f"it fails on another device ({type(error).__name__}: {error})",
            "register its tensors as buffers, create new ones on the input's device, and do not "
            "branch on values",
        ) from error


def check_storage(part: nn.Module, inputs: Tensors, call: Call, expected: Tensors) -> None:
    """Check that a stored and safely loaded state dict brings back the ``expected`` outputs."""
    file = io.BytesIO()
    torch.save(part.state_dict(), file)
    file.seek(0)
    try:
        state = torch.load(file, weights_only=True)
    except Exception as error:
        raise fail(
            part,
            f"its state dict cannot be loaded safely ({type(error).__name__})",
            "keep only tensors and plain values in it",
        ) from error
    other = _copy(part)
    with torch.no_grad():
        for tensor in other.state_dict().values():
            tensor.zero_()
    other.load_state_dict(state)
    for name, tensor in _run(other, inputs, call).items():
        if not torch.equal(tensor, expected[name]):
            raise fail(
                part,
                f"{name} changes when the state dict is stored and loaded",
                "register what it depends on as parameter or buffer",
            )


def check_autocast(part: nn.Module, inputs: Tensors, call: Call) -> None:
    """Check that the part runs in bfloat16 autocast and stays finite."""
    try:
        with torch.autocast("cpu", torch.bfloat16):
            outputs = _run(part, inputs, call)
    except RuntimeError as error:
        raise fail(
            part,
            f"fails under bfloat16 autocast ({error})",
            "create tensors in the dtype of their neighbours",
        ) from error
    _check_finite(part, outputs, " in bfloat16")


def tensors_of(values: Mapping[str, Any]) -> Tensors:
    """Return those of ``values`` that are floating-point tensors."""
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, Tensor) and value.is_floating_point()
    }


def _check_finite(part: nn.Module, outputs: Tensors, where: str = "") -> None:
    for name, tensor in outputs.items():
        if not tensor.isfinite().all():
            raise fail(
                part,
                f"{name} holds NaN or infinity{where}",
                "look for divisions, logarithms and large sums",
            )


def _copy(part: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(part)
    except Exception as error:
        raise fail(
            part,
            f"copy.deepcopy fails ({type(error).__name__}: {error})",
            "keep no graph tensors, locks or open files as attributes",
        ) from error


def _run(part: nn.Module, inputs: Tensors, call: Call) -> Tensors:
    part.eval()
    with torch.no_grad():
        return call(part, inputs)


def _slice(inputs: Tensors, index: int) -> Tensors:
    return {name: tensor[index : index + 1] for name, tensor in inputs.items()}


def _is_close(left: Tensor, right: Tensor) -> bool:
    return torch.allclose(left, right, rtol=TOLERANCE, atol=TOLERANCE)


def _has_graph(tensor: Tensor) -> bool:
    return tensor.grad_fn is not None


def _project(outputs: Tensors) -> Tensor:
    """Return a random weighted sum: a plain one is constant for outputs that sum to one."""
    generator = torch.Generator().manual_seed(0)
    return torch.stack(
        [(torch.randn(o.shape, generator=generator) * o).sum() for o in outputs.values()]
    ).sum()
