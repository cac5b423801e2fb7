"""The five slots of replaceable parts, and the library's children of MMEngine's registries."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any

from mmengine import registry as mm
from mmengine.registry import Registry
from torch import nn

from fcsrlib.errors import ContractError, UnknownComponentError


class Slot(Registry):
    """A strict registry of one kind of part.

    It stands alone (MMEngine refuses two registries of one scope under one parent), so a name of
    another slot is an error, never a silent wrong part. A name is taken once; ``force`` is refused.

    Attributes:
        slot: Upper-case name that configs, errors and ``fcsr list`` use.
        origins: Name of each part → the plugin or module that registered it.
    """

    def __init__(self, slot: str) -> None:
        """Create the empty slot called ``slot``, for example ``"SR_BACKBONES"``."""
        super().__init__(slot.lower(), scope="fcsrlib", build_func=build_part)
        self.slot = slot
        self.origins: dict[str, str] = {}

    def add(self, part: type, name: str | None = None, origin: str | None = None) -> None:
        """Register ``part`` under ``name`` (default: its class name).

        Raises:
            ContractError: The name is taken or ``part`` is not a class.
        """
        key = name or str(getattr(part, "__name__", part))
        if not inspect.isclass(part):
            raise ContractError(f"{self.slot}: '{key}' is {type(part).__name__}; expected a class.")
        if key in self._module_dict:
            raise ContractError(
                f"{self.slot}: '{key}' is already registered by {self.origins[key]}; "
                f"{part.__module__}.{part.__qualname__} needs another name (or the first one does)."
            )
        self._module_dict[key] = part
        self.origins[key] = origin or part.__module__

    def remove(self, name: str) -> None:
        """Take ``name`` out again, as a plugin that is unregistered does; absent is fine."""
        self._module_dict.pop(name, None)
        self.origins.pop(name, None)

    def register_module(
        self,
        name: str | list[str] | None = None,
        force: bool = False,
        module: type | None = None,
    ) -> Any:
        """Register a class in this process, as MMEngine's decorator of the same name does.

        Raises:
            ContractError: ``force`` was asked for, or the name is taken.
        """
        if force:
            raise ContractError(f"{self.slot}: force=True is refused; register under a new name.")
        names = [name] if isinstance(name, str) or name is None else name

        def register(part: type) -> type:
            for one in names:
                self.add(part, one)
            return part

        return register if module is None else register(module)

    def get(self, key: str) -> type:
        """Return the class registered as ``key``.

        Raises:
            UnknownComponentError: With close matches, the slot that does hold the name, and the
                plugins that failed to load.
        """
        from fcsrlib.plugin import load_plugins

        load_plugins()
        part = self._module_dict.get(key.removeprefix("fcsrlib."))
        if part is None:
            raise UnknownComponentError(self._describe_unknown(key))
        return part

    def __contains__(self, key: object) -> bool:
        """Say whether a part of that name exists, without raising."""
        return isinstance(key, str) and key.removeprefix("fcsrlib.") in self.list_names()

    def __len__(self) -> int:
        """Count the parts, built-in and from plugins."""
        return len(self.list_names())

    def list_names(self) -> list[str]:
        """Return the names of all parts, built-in and from plugins, sorted."""
        from fcsrlib.plugin import load_plugins

        load_plugins()
        return sorted(self._module_dict)

    def _describe_unknown(self, key: str) -> str:
        from fcsrlib.plugin import list_failures

        message = f"{self.slot} has no '{key}'."
        close = difflib.get_close_matches(key, self._module_dict, n=3, cutoff=0.5)
        if close:
            message += f" Did you mean {' or '.join(close)}?"
        else:
            message += f" It has: {', '.join(sorted(self._module_dict)) or 'nothing'}."
        homes = [slot.slot for slot in SLOTS.values() if key in slot._module_dict]
        if homes:
            message += f" '{key}' is a part of {', '.join(homes)}."
        failures = list_failures()
        if failures:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in failures.items())
            message += f" Plugins that failed to load: {reasons}."
        return message


def build_part(cfg: dict[str, Any], registry: Slot, **defaults: Any) -> Any:
    """Build a part from ``dict(type=name, **arguments)``.

    Args:
        cfg: The part's config, or its name alone; an object that is already built is returned as
            it is.
        registry: The slot to look in.
        **defaults: Arguments used where ``cfg`` does not give them.

    Raises:
        ContractError: No ``type``, or arguments that its constructor does not take.
        UnknownComponentError: No part of that name.
    """
    if isinstance(cfg, str):
        cfg = {"type": cfg}
    if not isinstance(cfg, dict):
        return cfg
    arguments = {**defaults, **cfg}
    kind = arguments.pop("type", None)
    if kind is None:
        raise ContractError(f"{registry.slot}: config {dict(cfg)} has no 'type'.")
    part: Callable[..., Any] = registry.get(kind) if isinstance(kind, str) else kind
    signature = _read_signature(part)
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise ContractError(
            f"{registry.slot}: {kind} cannot be built: {error}. "
            f"It takes {signature}; got {sorted(arguments)}."
        ) from error
    return part(**arguments)


def _read_signature(part: Callable[..., Any]) -> inspect.Signature:
    # A module without __init__ of its own shows nn.Module's (*args, **kwargs), yet takes nothing.
    if inspect.isclass(part) and part.__init__ is nn.Module.__init__:
        return inspect.Signature()
    return inspect.signature(part)


FC_BACKBONES = Slot("FC_BACKBONES")
SR_BACKBONES = Slot("SR_BACKBONES")
DISCRIMINATORS = Slot("DISCRIMINATORS")
LOSSES = Slot("LOSSES")
FACE_PRIORS = Slot("FACE_PRIORS")

SLOTS: dict[str, Slot] = {
    slot.slot: slot for slot in (FC_BACKBONES, SR_BACKBONES, DISCRIMINATORS, LOSSES, FACE_PRIORS)
}

_DATA = ["fcsrlib.data", "fcsrlib.degradation"]
DATASETS = Registry("dataset", parent=mm.DATASETS, scope="fcsrlib", locations=_DATA)
TRANSFORMS = Registry("transform", parent=mm.TRANSFORMS, scope="fcsrlib", locations=_DATA)
DATA_SAMPLERS = Registry(
    "data sampler", parent=mm.DATA_SAMPLERS, scope="fcsrlib", locations=["fcsrlib.data"]
)
MODELS = Registry(
    "model", parent=mm.MODELS, scope="fcsrlib", locations=["fcsrlib.models", "fcsrlib.data"]
)
MODEL_WRAPPERS = Registry(
    "model wrapper", parent=mm.MODEL_WRAPPERS, scope="fcsrlib", locations=["fcsrlib.engine"]
)
METRICS = Registry("metric", parent=mm.METRICS, scope="fcsrlib", locations=["fcsrlib.metrics"])
HOOKS = Registry("hook", parent=mm.HOOKS, scope="fcsrlib", locations=["fcsrlib.engine"])
LOOPS = Registry("loop", parent=mm.LOOPS, scope="fcsrlib", locations=["fcsrlib.engine"])
# Without children of our scope, MMEngine warns at each of its own parts that a config names.
VISUALIZERS, VISBACKENDS, OPTIMIZERS, OPTIM_WRAPPERS, FUNCTIONS = (
    Registry(parent.name, parent=parent, scope="fcsrlib", locations=["fcsrlib.engine"])
    for parent in (
        mm.VISUALIZERS,
        mm.VISBACKENDS,
        mm.OPTIMIZERS,
        mm.OPTIM_WRAPPERS,
        mm.FUNCTIONS,
    )
)
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    "optimizer wrapper constructor",
    parent=mm.OPTIM_WRAPPER_CONSTRUCTORS,
    scope="fcsrlib",
    locations=["fcsrlib.engine"],
)
