"""Makes a release file and its model card from a config and a trained checkpoint."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import Registry
from torch import Tensor

from fcsrlib.engine.config import complete_config
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.inference.releases.info import CARD_KEYS, ReleaseInfo, is_plain_name
from fcsrlib.inference.releases.model_card import format_model_card
from fcsrlib.inference.releases.network import build_network
from fcsrlib.inference.releases.release_file import check_suffix, pack_release
from fcsrlib.inference.releases.table import ReleasedModel
from fcsrlib.models.weights import read_checkpoint, select_state
from fcsrlib.registry import FACE_PRIORS, FC_BACKBONES, MODELS, SR_BACKBONES

MAX_BYTES = 20_000_000

_KIND_OF_MODULE = {"generator": "generator", "face_prior": "face_prior", "occlusion": "mask"}
_GIVEN_BY_GENERATOR = ("scale", "lr_side")


@dataclass(frozen=True)
class Published:
    """What was written.

    Attributes:
        path: The release file.
        card_path: Its model card.
        model: The row that makes it known by name, without a URL.
    """

    path: Path
    card_path: Path
    model: ReleasedModel


def publish(
    config: Config,
    checkpoint: str | Path,
    path: str | Path,
    *,
    name: str | None = None,
    card: Mapping[str, Any] | None = None,
) -> Published:
    """Write a release file of a trained network, and a Markdown model card beside it.

    Released is what the model measures (:attr:`StagedModel.measured`), in its moving average.

    Args:
        config: Config that the checkpoint was trained with.
        checkpoint: The trained checkpoint.
        path: File to write, ``*.safetensors``.
        name: Name of the release; default the file's.
        card: ``data``, ``terms``, ``schedule``, ``numbers``, ``limits``; a schedule that is not
            given is read from the config.

    Raises:
        ConfigError: The config's model cannot be released, or the card has other keys.
        CheckpointError: The checkpoint cannot be read, is of another network or was not trained to
            the end, or the file would be larger than 20 MB.
        FCSRError: A file cannot be written.
    """
    path = Path(path)
    check_suffix(path)
    if not is_plain_name(path.name):
        raise ConfigError(f"{path.name!r} shall be released; expected a name like 'swift_x8'.")
    complete_config(config)
    stored = read_checkpoint(checkpoint)
    module = _find_module(config)
    kind = _KIND_OF_MODULE[module]
    state = _select_trained(stored, module, checkpoint)
    card = {"schedule": _describe_schedule(config, stored), **_check_card(card or {})}
    info = ReleaseInfo(name or path.stem, kind, _describe_parts(config, module), card)
    content = pack_release(state, info)
    if len(content) > MAX_BYTES:
        raise CheckpointError(
            f"the release file would have {len(content):,} bytes, more than {MAX_BYTES:,}; "
            "release a smaller network."
        )
    num_parameters = _count_parameters(info, state, checkpoint)
    model = ReleasedModel(
        name=info.name,
        file=path.name,
        kind=kind,
        scale=info.config.get("scale") if kind == "generator" else None,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        url=None,
    )
    write_whole(content, path)
    card_path = path.with_suffix(".md")
    write_whole(format_model_card(info, model, num_parameters).encode(), card_path)
    return Published(path, card_path, model)


def read_card(path: str | Path) -> dict[str, Any]:
    """Read a card from a JSON file.

    Raises:
        ConfigError: It is absent, no JSON object, or has other keys than a card.
    """
    try:
        card = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"the card {path} cannot be read: {error}") from error
    return _check_card(card)


def _check_card(card: Any) -> dict[str, Any]:
    unknown = sorted(set(card) - set(CARD_KEYS)) if isinstance(card, Mapping) else [card]
    if unknown:
        raise ConfigError(f"the card has {unknown}; it takes {', '.join(CARD_KEYS)}.")
    return dict(card)


def _find_module(config: Config) -> str:
    """Return the name of the module that is released, see :attr:`StagedModel.measured`."""
    module = getattr(MODELS.get(config.model.type), "measured", None)
    if module not in _KIND_OF_MODULE:
        raise ConfigError(
            f"model.type {config.model.type!r} measures {module!r}; released are "
            f"{', '.join(_KIND_OF_MODULE)}."
        )
    return str(module)


def _describe_parts(config: Config, module: str) -> dict[str, Any]:
    """Return the config of the released network, in plain values.

    Defaults are written out: they may change, and the file must not change with them.
    """
    parts = config.model.to_dict()[module]
    if module == "generator":
        parts = {
            "order": "fc_first",
            **parts,
            "fc": _add_defaults(parts["fc"], FC_BACKBONES),
            "sr": _add_defaults(parts["sr"], SR_BACKBONES),
        }
    else:
        parts = _add_defaults(parts, FACE_PRIORS if module == "face_prior" else MODELS)
    try:
        return dict(json.loads(json.dumps(parts)))
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"model.{module} holds more than plain values ({error}); a release takes none else."
        ) from error


def _add_defaults(part: Mapping[str, Any], registry: Registry) -> dict[str, Any]:
    if not isinstance(part["type"], str):
        raise ConfigError(
            f"{registry.name}: type is {part['type']!r}; a release names its parts as they are "
            "registered."
        )
    defaults = {
        one.name: one.default
        for one in inspect.signature(registry.get(part["type"])).parameters.values()
        if one.name not in _GIVEN_BY_GENERATOR
        and isinstance(one.default, (bool, int, float, str, list, tuple))
    }
    return {**defaults, **{name: value for name, value in part.items() if name != "weights"}}


def _select_trained(
    stored: Mapping[str, Any], module: str, checkpoint: str | Path
) -> dict[str, Tensor]:
    meta = stored.get("meta") or {}
    if module == "generator" and not meta.get("restores", True):
        raise CheckpointError(
            f"{checkpoint} was trained at low resolution only: its SR part knows nothing yet; "
            "give the checkpoint of a later stage."
        )
    state = select_state(stored, f"{module}.")
    if not state:
        raise CheckpointError(
            f"{checkpoint} holds no weights of {module}; give one that tools/train.py wrote."
        )
    return state


def _count_parameters(
    info: ReleaseInfo, state: Mapping[str, Tensor], checkpoint: str | Path
) -> int:
    """Build the network as whoever reads the file will, and count its parameters."""
    try:
        network = build_network(info, state, str(checkpoint), torch.device("cpu"), torch.float32)
    except CheckpointError as error:
        raise CheckpointError(f"{error} Give the config and options of its training.") from error
    return sum(one.numel() for one in network.parameters())


def _describe_schedule(config: Config, stored: Mapping[str, Any]) -> dict[str, Any]:
    stages = [
        f"{stage.get('name')}: {stage.get('iters')} iterations, trains "
        f"{', '.join(stage.get('train', ()))}"
        for stage in config.train_cfg.get("stages", ())
    ]
    return {
        "config": Path(config.filename).name if config.filename else None,
        "stages": stages,
        "iterations of the checkpoint": (stored.get("meta") or {}).get("iterations"),
        "weights": "moving average" if stored.get("ema_state_dict") else "as trained",
    }
