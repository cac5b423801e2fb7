"""One update of the parts of a stage: forward, one backward for all of them, step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapperDict
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


def run_update(
    network: nn.Module,
    data: Iterable[Mapping[str, Any]],
    optim_wrapper: OptimWrapperDict,
    *,
    updates_generator: bool = True,
    amp: bool = False,
) -> dict[str, Tensor]:
    """Accumulate gradients over ``data`` and step the optimisers of the stage's parts once.

    The terms of generator, discriminator and face prior share one generator forward and one
    backward pass: detached tensors and parameter-free passes keep each term's gradient in its own
    part (see :class:`fcsrlib.models.step_tensors.StepTensors`), so the updates are simultaneous.

    Args:
        network: The model, or its data-parallel wrapper.
        data: Raw micro-batches; one or, for gradient accumulation, several.
        optim_wrapper: One optimiser a part.
        updates_generator: Whether FC and SR learn in this step.
        amp: Run the networks under bf16 autocast.

    Returns:
        The weighted terms, averaged over the micro-batches, and their sum ``loss``; detached.
    """
    model, batches = unwrap(network), list(data)
    parts = [
        part
        for part in sorted(model.trained_parts)
        if updates_generator or part not in ("fc", "sr")
    ]
    for part in parts:
        optim_wrapper[part].zero_grad()
    sums: dict[str, Tensor] = {}
    for position, raw in enumerate(batches):
        with _synchronised(network, is_last=position == len(batches) - 1):
            batch = model.data_preprocessor(raw, True)
            terms = _forward(network, batch, updates_generator, amp)
            total = torch.stack([term.float() for term in terms.values()]).sum()
            (total / len(batches)).backward()
        for name, value in {**terms, "loss": total}.items():
            sums[name] = sums.get(name, 0) + value.detach().float() / len(batches)
    for part in parts:
        optim_wrapper[part].step()
    return sums


def _forward(
    network: nn.Module, batch: Mapping[str, Any], updates_generator: bool, amp: bool
) -> dict[str, Tensor]:
    device = batch["hr_target"].device.type
    with torch.autocast(device, torch.bfloat16, enabled=amp):
        return network(batch, mode="loss", updates_generator=updates_generator)


def _synchronised(network: nn.Module, is_last: bool) -> AbstractContextManager[None]:
    """Exchange gradients between processes in the last micro-batch only."""
    if isinstance(network, DistributedDataParallel) and not is_last:
        return network.no_sync()
    return nullcontext()


def unwrap(network: nn.Module) -> Any:
    """Return the model inside a data-parallel wrapper, or the model itself.

    It is a :class:`fcsrlib.models.staged_model.StagedModel`, which this module serves and therefore
    does not import.
    """
    return network.module if is_model_wrapper(network) else network
