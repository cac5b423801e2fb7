"""Joint completion and super-resolution of low-resolution faces with holes (FCSR-GAN).

Public names load on first use, so that ``import fcsrlib`` costs milliseconds and brings in
neither torch nor mmengine; a plugin module can import :data:`hookimpl` as cheaply.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME_OF_NAMES = {
    "fcsrlib.errors": (
        "CheckpointError",
        "ConfigError",
        "ContractError",
        "DataError",
        "FCSRError",
        "MissingExtraError",
        "PluginLoadError",
        "UndecodableImageError",
        "UnknownComponentError",
    ),
    "fcsrlib.engine": ("read_config", "train"),
    "fcsrlib.evaluation": ("measure",),
    "fcsrlib.inference": (
        "PhotoRestored",
        "PhotoRestorer",
        "Restored",
        "Restorer",
        "load_generator",
    ),
    "fcsrlib.contracts": ("Completion", "FacePriors", "Restoration"),
    "fcsrlib.plugin": ("hookimpl", "list_plugins", "register_plugin", "unregister_plugin"),
    "fcsrlib.registry": (
        "DISCRIMINATORS",
        "FACE_PRIORS",
        "FC_BACKBONES",
        "LOSSES",
        "SR_BACKBONES",
    ),
}
_HOME = {name: module for module, names in _HOME_OF_NAMES.items() for name in names}

if TYPE_CHECKING:
    from fcsrlib.contracts import Completion, FacePriors, Restoration
    from fcsrlib.engine import read_config, train
    from fcsrlib.errors import (
        CheckpointError,
        ConfigError,
        ContractError,
        DataError,
        FCSRError,
        MissingExtraError,
        PluginLoadError,
        UndecodableImageError,
        UnknownComponentError,
    )
    from fcsrlib.evaluation.measure import measure
    from fcsrlib.inference import (
        PhotoRestored,
        PhotoRestorer,
        Restored,
        Restorer,
        load_generator,
    )
    from fcsrlib.plugin import hookimpl, list_plugins, register_plugin, unregister_plugin
    from fcsrlib.registry import (
        DISCRIMINATORS,
        FACE_PRIORS,
        FC_BACKBONES,
        LOSSES,
        SR_BACKBONES,
    )

__all__ = [
    "DISCRIMINATORS",
    "FACE_PRIORS",
    "FC_BACKBONES",
    "LOSSES",
    "SR_BACKBONES",
    "CheckpointError",
    "Completion",
    "ConfigError",
    "ContractError",
    "DataError",
    "FCSRError",
    "FacePriors",
    "MissingExtraError",
    "PhotoRestored",
    "PhotoRestorer",
    "PluginLoadError",
    "Restoration",
    "Restored",
    "Restorer",
    "UndecodableImageError",
    "UnknownComponentError",
    "__version__",
    "hookimpl",
    "list_plugins",
    "load_generator",
    "measure",
    "read_config",
    "register_plugin",
    "train",
    "unregister_plugin",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'fcsrlib' has no attribute '{name}'")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
