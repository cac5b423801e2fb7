"""Fine-tunes LightCNN-9 on the training people's faces of one kind, as Sec. 4.3.6 does."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.device import get_device
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fcsrlib.engine.checkpoint import write_checkpoint
from fcsrlib.engine.interruption import StopRequest, catch_stop_requests
from fcsrlib.errors import DataError
from fcsrlib.evaluation.identification.augmentation import augment
from fcsrlib.evaluation.identification.face_pool import FacePool
from fcsrlib.evaluation.identification.options import TuneOptions
from fcsrlib.evaluation.progress import Progress
from fcsrlib.evaluation.request import Say
from fcsrlib.models.recognition import LightCNN9
from fcsrlib.models.weights import load_state, read_checkpoint

SECONDS_BETWEEN_SAVES = 60.0


def tune(
    network: LightCNN9, pool: FacePool, options: TuneOptions, seed: int, path: Path, say: Say
) -> list[float]:
    """Train ``network`` in place to tell the people of ``pool`` apart; return all losses.

    Softmax cross-entropy on embeddings of which half is dropped. Every face is shifted by up to
    4 px and mirrored at random. A batch follows from the seed and its number alone, so an
    interrupted tuning continues from ``path`` to the same weights.

    Args:
        network: With a classifier.
        pool: Filled.
        options: Schedule.
        seed: Seed of the order, shifts, mirrors and dropout.
        path: Where the state is kept, every minute and at Ctrl-C.
        say: Takes lines on how far it is.

    Raises:
        DataError: Nothing in the pool can be read.
        FCSRError: The state cannot be read or written.
        KeyboardInterrupt: It was asked to stop, and has saved.
    """
    labels = pool.labels()
    rows = np.flatnonzero(labels >= 0)
    if not len(rows):
        raise DataError("no training face could be read; mend the data.")
    device = torch.device(get_device())
    network.to(device).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=options.lr)
    losses = _resume(network, optimizer, path)
    progress = Progress("tuned", options.iters, len(losses), say)
    saved_at = time.monotonic()
    with catch_stop_requests() as request:
        for iteration in range(len(losses), options.iters):
            chosen = rows[choose_batch(len(rows), options.batch_size, seed, iteration)]
            rng = np.random.default_rng([seed, iteration])
            gray = augment(pool.take(chosen), rng).to(device)
            target = torch.from_numpy(labels[chosen]).to(device)
            optimizer.param_groups[0]["lr"] = learning_rate(options, iteration)
            # Dropout's numbers follow from the seed and the batch, as all others do.
            torch.manual_seed(int(np.random.SeedSequence([seed, iteration]).generate_state(1)[0]))
            losses.append(_step(network, optimizer, gray, target, options.bf16))
            progress.tell(len(losses))
            if request.is_asked or time.monotonic() - saved_at >= SECONDS_BETWEEN_SAVES:
                _save(network, optimizer, losses, path)
                saved_at = time.monotonic()
            _stop_if_asked(request, say)
    _save(network, optimizer, losses, path)
    network.eval()
    return losses


def learning_rate(options: TuneOptions, iteration: int) -> float:
    """Return the rate of a batch: a half cosine from ``options.lr`` to zero."""
    return options.lr * (1 + math.cos(math.pi * iteration / options.iters)) / 2


def summarise_losses(losses: Sequence[float]) -> dict[str, float]:
    """Return the mean loss of the first and of the last tenth of the batches."""
    tenth = max(len(losses) // 10, 1)
    first, last = (math.fsum(part) / tenth for part in (losses[:tenth], losses[-tenth:]))
    return {"first_loss": first, "last_loss": last}


def _step(
    network: LightCNN9,
    optimizer: torch.optim.Optimizer,
    gray: Tensor,
    target: Tensor,
    bf16: bool,
) -> float:
    with torch.autocast(gray.device.type, torch.bfloat16, enabled=bf16):
        logits = network.classify(network(gray))
    loss = functional.cross_entropy(logits.float(), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def choose_batch(count: int, batch_size: int, seed: int, iteration: int) -> NDArray[np.int64]:
    """Return the places of a batch in an endless sequence of newly mixed epochs of ``count``."""
    places = np.arange(batch_size) + iteration * batch_size
    epochs = places // count
    orders = {
        int(epoch): np.random.default_rng([seed, int(epoch), 1]).permutation(count)
        for epoch in np.unique(epochs)
    }
    parts = [order[places[epochs == epoch] % count] for epoch, order in orders.items()]
    return np.concatenate(parts)


def _save(
    network: LightCNN9, optimizer: torch.optim.Optimizer, losses: list[float], path: Path
) -> None:
    state = {"state_dict": network.state_dict(), "optimizer": optimizer.state_dict()}
    write_checkpoint({**state, "losses": losses}, path)


def _resume(network: LightCNN9, optimizer: torch.optim.Optimizer, path: Path) -> list[float]:
    """Load the state at ``path``, if there is one; return its losses."""
    if not path.is_file():
        return []
    stored = read_checkpoint(path)
    load_state(network, stored["state_dict"], str(path))
    optimizer.load_state_dict(stored["optimizer"])
    return list(stored["losses"])


def _stop_if_asked(request: StopRequest, say: Say) -> None:
    if request.is_asked:
        say("stopped; the same command continues from there")
        raise KeyboardInterrupt
