"""Reads configs and turns them into runnable ones; nothing else in the library reads configs."""

from __future__ import annotations

import ast
import difflib
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from fcsrlib.engine.config_errors import check_numbers
from fcsrlib.engine.data_choice import limit_source, list_loaders
from fcsrlib.errors import ConfigError, MissingExtraError

QUICK_KEYS = ("iters", "lr", "batch_size", "train_images", "val_images", "intervals", "model")
OPTIONAL_KEYS = ("custom_imports", "load_from", "randomness", "sync_bn", "tensorboard", "work_dir")
_SUFFIXES = (".py", ".json", ".yaml", ".yml")
_INTERVAL_OF_HOOK = {
    "ProgressHook": "log",
    "PreviewHook": "preview",
    "StageCheckpointHook": "checkpoint",
}


def read_config(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read a config file.

    Args:
        path: Python config in MMEngine's form.
        overrides: Dotted key → value, as ``--cfg-options`` gives them.

    Raises:
        ConfigError: The file is absent or cannot be read as a config.
    """
    if Path(path).is_dir():
        raise ConfigError(f"{path} is a folder; name one of its configs.")
    if not Path(path).is_file():
        raise ConfigError(f"no config at {path}; the library's own lie under configs/.")
    if Path(path).suffix not in _SUFFIXES:
        raise ConfigError(
            f"{path} is no config, which is a .py file; where both are asked for, the config comes "
            "before the checkpoint."
        )
    try:
        config = Config.fromfile(str(path))
        _check_overrides(config, overrides or {})
        config.merge_from_dict(dict(overrides or {}))
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    missing = [key for key in ("model", "train_cfg", "train_dataloader") if not config.get(key)]
    if missing:
        raise ConfigError(f"{path} has no {', '.join(missing)}; see configs/fcsr for examples.")
    return config


def _check_overrides(config: Config, overrides: Mapping[str, Any]) -> None:
    known = [*config.keys(), *OPTIONAL_KEYS]
    for key in overrides:
        name = key.partition(".")[0]
        if name not in known:
            close = difflib.get_close_matches(name, known, n=2)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {known}."
            raise ConfigError(f"--cfg-options sets {key}, but the config has no '{name}'; {hint}")


def parse_overrides(pairs: Iterable[str]) -> dict[str, Any]:
    """Parse ``KEY=VALUE`` pairs; values are Python literals, or strings where they are not.

    >>> parse_overrides(["a.b=2", "name=x8"])
    {'a.b': 2, 'name': 'x8'}

    Raises:
        ConfigError: A pair without ``=``.
    """
    overrides: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise ConfigError(f"--cfg-options got '{pair}'; expected KEY=VALUE.")
        try:
            overrides[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            overrides[key] = text
    return overrides


def complete_config(config: Config) -> None:
    """Carry ``scale`` and ``hr_side`` to every place that follows from them, in place.

    A value derived inside a base config would go stale when an experiment overrides its source.

    Raises:
        ConfigError: ``scale`` is missing, where faces are made, or does not divide ``hr_side``, or
            a number of the loaders or the seed is out of range.
    """
    scale, hr_side = config.get("scale"), config.get("hr_side", 128)
    makes_faces = "generator" in config.model
    if makes_faces and (not isinstance(scale, int) or scale < 1 or hr_side % scale):
        raise ConfigError(
            f"scale is {scale!r} and hr_side {hr_side}; expected a scale that divides hr_side."
        )
    check_numbers(config, list_loaders(config))
    config.model.setdefault("data_preprocessor", ConfigDict(type="FacePreprocessor"))
    if makes_faces:
        _carry_scale(config, scale, hr_side)
    else:
        config.model.data_preprocessor.setdefault("scale", None)
    for loader in list_loaders(config):
        if not loader.get("num_workers"):
            loader.pop("persistent_workers", None)


def _carry_scale(config: Config, scale: int, hr_side: int) -> None:
    config.model.data_preprocessor.setdefault("scale", scale)
    enlarges = config.model.data_preprocessor.get("enlarge_lr", False)
    config.model.generator.setdefault("scale", 1 if enlarges else scale)
    config.model.generator.setdefault("hr_side", hr_side)
    for loader in list_loaders(config):
        for transform in loader.dataset.pipeline:
            if transform.type == "DrawHole":
                transform.setdefault("side", hr_side if enlarges else hr_side // scale)


def make_quick(config: Config) -> None:
    """Apply the config's ``quick`` section, in place.

    Raises:
        ConfigError: There is none, or it names a stage that does not exist.
    """
    quick = config.get("quick")
    if quick is None:
        raise ConfigError("--quick: this config has no `quick` section; see configs/fcsr.")
    unknown = sorted(set(quick) - set(QUICK_KEYS))
    if unknown:
        raise ConfigError(f"quick has {unknown}; it takes {list(QUICK_KEYS)}.")
    stages = {stage.name: stage for stage in config.train_cfg.stages}
    for key in ("iters", "lr"):
        for name, value in quick.get(key, {}).items():
            if name not in stages:
                raise ConfigError(f"quick.{key} names stage '{name}'; there are {list(stages)}.")
            stages[name][key] = value
    config.train_cfg.val_interval = None
    config.merge_from_dict({"model": quick.get("model", {})})
    for loader in list_loaders(config):
        loader.num_workers = min(1, loader.get("num_workers", 0))
        loader.batch_size = quick.get("batch_size", loader.batch_size)
    limit_source(config.train_dataloader.dataset.source, quick.get("train_images"))
    if config.get("val_dataloader"):
        limit_source(config.val_dataloader.dataset.source, quick.get("val_images"))
    intervals = quick.get("intervals", {})
    for hook in config.get("custom_hooks", []):
        interval = intervals.get(_INTERVAL_OF_HOOK.get(hook.type))
        if interval is not None:
            hook.interval_iters = interval


def add_tensorboard(config: Config) -> None:
    """Add TensorBoard to the visualizer where the config says ``tensorboard = True``.

    Raises:
        MissingExtraError: TensorBoard is not installed.
    """
    if not config.get("tensorboard"):
        return
    if importlib.util.find_spec("tensorboard") is None:
        raise MissingExtraError("tensorboard", "tensorboard", "tensorboard=True in the config")
    config.visualizer.vis_backends.append(ConfigDict(type="TensorboardVisBackend"))
