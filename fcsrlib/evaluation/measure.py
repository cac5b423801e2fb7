"""Measures a checkpoint on the test split and draws a sheet of its results."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.hooks import Hook

from fcsrlib.engine.config import complete_config
from fcsrlib.engine.config_errors import explaining_config
from fcsrlib.engine.data_choice import choose_data, limit_source
from fcsrlib.engine.report import format_comparison, write_json
from fcsrlib.engine.runner import FCSRRunner
from fcsrlib.engine.strip import draw_strip, write_picture
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.releases.integrity import digest_file
from fcsrlib.models.weights import read_checkpoint

SHEET_FACES = 16


class _SheetHook(Hook):
    """Keeps the first predictions for the sheet, and says how far the measuring has come."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.predictions: list[dict[str, Any]] = []

    def after_test_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Take what is still wanted from this batch."""
        self.predictions += (outputs or [])[: self.count - len(self.predictions)]
        total = len(runner.test_dataloader)
        if (batch_idx + 1) % max(total // 10, 1) == 0:
            runner.logger.info(f"measured {batch_idx + 1} of {total} batches")


def measure(
    config: Config,
    checkpoint: str | Path,
    *,
    data_root: str | Path | None = None,
    out: str | Path | None = None,
    max_images: int | None = None,
) -> dict[str, Any]:
    """Write ``metrics.json`` and ``sheet.png`` for a checkpoint.

    A checkpoint that was only trained at low resolution is measured at low resolution.

    Args:
        config: The config it was trained with.
        checkpoint: File to measure; its moving average is used where it has one.
        data_root: Faces to measure on instead of the config's.
        out: Folder for the results; default ``<checkpoint>.test`` beside it.
        max_images: Measure the first images only.

    Returns:
        What ``metrics.json`` holds.

    Raises:
        FCSRError: Config, data or checkpoint do not fit; nothing is written then.
    """
    missing = [key for key in ("test_dataloader", "test_evaluator") if not config.get(key)]
    if missing:
        raise ConfigError(f"the config has no {', '.join(missing)}; see configs/_base_/celeba.py.")
    if max_images is not None and max_images < 1:
        raise ConfigError(f"max_images is {max_images}; expected 1 or more.")
    stored = read_checkpoint(checkpoint)
    data = choose_data(config, data_root).description
    if max_images is not None:
        limit_source(config.test_dataloader.dataset.source, max_images)
    complete_config(config)
    config.model.data_preprocessor.with_heatmaps = False
    folder = Path(out) if out else Path(f"{checkpoint}.test")
    if folder.is_file():
        raise ConfigError(f"--out {folder} is a file; give a folder.")
    with tempfile.TemporaryDirectory() as scratch, explaining_config():
        runner = FCSRRunner.from_cfg(_strip_to_measured(config, scratch))
        _check_count(len(runner.test_loop.dataloader.dataset), max_images)
        meta = runner.load_measured(checkpoint, stored)
        runner.model.restores = bool(meta.get("restores", True))
        kept = _SheetHook(SHEET_FACES)
        runner.register_hook(kept)
        figures = {name: float(value) for name, value in runner.test().items()}
    if not kept.predictions:
        raise DataError(f"no face could be measured on {data}; see the warnings above.")
    result = {
        "checkpoint": str(checkpoint),
        "sha256": digest_file(Path(checkpoint)),
        "iterations": meta.get("iterations"),
        "data": data,
        "protocol": [metric.protocol for metric in runner.test_evaluator.metrics],
        "holes": [dict(transform) for transform in config.test_dataloader.dataset.pipeline],
        "figures": figures,
    }
    write_json(result, folder / "metrics.json")
    write_picture(draw_strip(kept.predictions), folder / "sheet.png")
    runner.logger.info(
        f"{result['protocol'][0]}\n{format_comparison(figures)}\n"
        f"metrics  {folder / 'metrics.json'}\nsheet    {folder / 'sheet.png'}"
    )
    return result


def _check_count(count: int, wanted: int | None) -> None:
    if wanted is not None and wanted > count:
        raise DataError(f"--max-images is {wanted}, but there are {count} faces; ask for fewer.")


def _strip_to_measured(config: Config, work_dir: str) -> Config:
    """Return a config of what is measured and of the test loop alone."""
    hooks = config.get("custom_hooks", [])
    unused = ("discriminator", "face_prior", "generator_weights")
    judges = dict.fromkeys(unused) if "generator" in config.model else {}
    values = {key: config[key] for key in ("env_cfg", "log_processor") if key in config}
    return Config(
        ConfigDict(
            default_scope="fcsrlib",
            work_dir=work_dir,
            model={**config.model, **judges},
            test_dataloader=config.test_dataloader,
            test_cfg=config.get("test_cfg") or {"type": "TestLoop"},
            test_evaluator=config.test_evaluator,
            default_hooks=dict.fromkeys(
                ("timer", "sampler_seed", "param_scheduler", "logger", "checkpoint")
            ),
            custom_hooks=[hook for hook in hooks if hook.type == "SkippedImagesHook"],
            **values,
        )
    )
