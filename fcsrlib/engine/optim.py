"""One optimiser a part, so that a stage steps exactly the parts that it trains."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict, build_optim_wrapper
from torch import nn

from fcsrlib.errors import ConfigError
from fcsrlib.models.stage import PART_NAMES
from fcsrlib.models.update import unwrap
from fcsrlib.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PartOptimWrapperConstructor:
    """Builds an ``OptimWrapperDict`` with one wrapper for every part of the model.

    Args:
        optim_wrapper_cfg: ``dict(optimizer=dict(type='Adam', lr=...), clip_grad=...,
            parts=dict(discriminator=dict(optimizer=dict(lr=...))))``; ``parts`` overrides the
            common settings for one part.
        paramwise_cfg: MMEngine's per-parameter settings, used for every part.

    Raises:
        ConfigError: Settings for a part that does not exist.
    """

    def __init__(
        self, optim_wrapper_cfg: Mapping[str, Any], paramwise_cfg: Mapping[str, Any] | None = None
    ) -> None:
        self.common = dict(optim_wrapper_cfg)
        self.parts = dict(self.common.pop("parts", {}))
        self.paramwise_cfg = paramwise_cfg
        strangers = sorted(set(self.parts) - set(PART_NAMES))
        if strangers:
            raise ConfigError(
                f"optim_wrapper.parts has {strangers}; the parts are {list(PART_NAMES)}."
            )

    def __call__(self, model: nn.Module) -> OptimWrapperDict:
        """Build the wrappers for ``model``, an FCSRGAN or its data-parallel wrapper."""
        core = unwrap(model)
        wrappers: dict[str, OptimWrapper] = {}
        for name, part in core.parts().items():
            config = copy.deepcopy(self.common)
            for key, value in dict(self.parts.get(name, {})).items():
                is_nested = isinstance(value, Mapping) and isinstance(config.get(key), Mapping)
                config[key] = {**config[key], **value} if is_nested else value
            if self.paramwise_cfg is not None:
                config["paramwise_cfg"] = self.paramwise_cfg
            wrappers[name] = build_optim_wrapper(part, config)
        return OptimWrapperDict(**wrappers)
