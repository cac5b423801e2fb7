"""What a checkpoint's own record says that a reader of its figures must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config

from fcsrlib.models.stage import Stage, digest_stages


def find_caveats(meta: Mapping[str, Any], config: Config) -> list[str]:
    """Compare how a checkpoint was trained with what its config says.

    Args:
        meta: The checkpoint's ``meta``; entries that it lacks are not judged.
        config: The config that was given with it.

    Returns:
        Sentences' ends, for example ``its FC is untrained``; none where all agrees.
    """
    caveats = []
    if not meta.get("restores", True):
        caveats.append("its SR is untrained: low resolution only")
    if not meta.get("completes", True):
        caveats.append("its FC is untrained")
    trained = [(str(name), int(iters)) for name, iters in meta.get("schedule") or ()]
    total, done = sum(iters for _, iters in trained), meta.get("iterations")
    if done is not None and done < total:
        caveats.append(f"after {done} of its {total} iterations")
    stages = [Stage.from_config(stage) for stage in config.train_cfg.stages]
    own = [(stage.name, stage.iters) for stage in stages]
    if trained and trained != own:
        caveats.append(f"trained by the schedule {_name(trained)}; its config says {_name(own)}")
    elif "stages_sha256" in meta and meta["stages_sha256"] != digest_stages(stages):
        caveats.append("trained with other terms or parts than its config's stages have")
    return caveats


def _name(schedule: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {iters}" for name, iters in schedule)
