"""Loads plugins one by one, each whole or not at all, and keeps the reasons of those that fail."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from fcsrlib.errors import FCSRError, PluginLoadError
from fcsrlib.plugin import hookspecs
from fcsrlib.plugin.hookspecs import GROUP, HOOK_OF_SLOT

BUILTIN = "fcsrlib"
ENVIRONMENT_VARIABLE = "FCSRLIB_PLUGINS"

_logger = logging.getLogger(__name__)
_lock = threading.RLock()


@dataclass
class PluginRecord:
    """What became of one plugin.

    Attributes:
        name: Entry-point name, or the name given to :func:`register_plugin`.
        origin: Distribution and version, or the module.
        parts: (slot, name) of every part it registered.
        failure: Why none of it was registered; empty when it loaded.
    """

    name: str
    origin: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    failure: str = ""


class _State:
    """The process-wide set of plugins."""

    def __init__(self) -> None:
        self.records: dict[str, PluginRecord] = {}
        self.is_loaded = False


_state = _State()


def load_plugins() -> None:
    """Load the built-ins and every installed plugin, once a process.

    ``FCSRLIB_PLUGINS`` limits the set to a comma-separated list of entry-point names; set but
    empty, no third-party plugin is loaded. A plugin that fails is logged by name, kept in
    :func:`list_failures`, and never takes the others down.

    Raises:
        PluginLoadError: The built-in parts cannot be registered, because a class registered
            earlier in this process has the name of one.
    """
    with _lock:
        if _state.is_loaded:
            return
        _state.is_loaded = True  # before loading: a plugin may look into a slot while it loads
        try:
            from fcsrlib.plugin import builtin

            register_plugin(builtin, BUILTIN)
            for entry in _list_entry_points():
                _load_entry_point(entry)
        except BaseException:
            _forget_everything()  # an interrupted load starts afresh, it is not half a set
            raise


def register_plugin(plugin: Any, name: str) -> PluginRecord:
    """Register ``plugin``, a module or object with hook implementations, in this process.

    Raises:
        PluginLoadError: A hook is misspelt, a hook raised, a part is refused, or the name is
            taken. Nothing of the plugin stays registered then.
    """
    with _lock:
        load_plugins()
        if name in _state.records and not _state.records[name].failure:
            raise PluginLoadError(f"plugin '{name}' is already registered.")
        record = PluginRecord(name, getattr(plugin, "__name__", type(plugin).__name__))
        with _whole_or_nothing(record):
            _run_hooks(plugin, record.name)
        _state.records[name] = record
        return record


def unregister_plugin(name: str) -> None:
    """Take plugin ``name`` and all its parts out again.

    Raises:
        PluginLoadError: No plugin of that name is registered.
    """
    with _lock:
        load_plugins()
        if name not in _state.records:
            known = ", ".join(_state.records)
            raise PluginLoadError(f"no plugin '{name}' is registered; there are: {known}.")
        _remove_parts(_state.records.pop(name).parts)


def list_plugins() -> list[PluginRecord]:
    """Return a record for every plugin, loaded or failed, built-ins first."""
    load_plugins()
    return list(_state.records.values())


def list_failures() -> dict[str, str]:
    """Return name → reason of every plugin that failed to load."""
    return {record.name: record.failure for record in list_plugins() if record.failure}


def _list_entry_points() -> list[EntryPoint]:
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    wanted = os.environ.get(ENVIRONMENT_VARIABLE)
    if wanted is None:
        return found
    names = {name.strip() for name in wanted.split(",") if name.strip()}
    for name in sorted(names - {entry.name for entry in found}):
        _fail(PluginRecord(name, ""), f"named in {ENVIRONMENT_VARIABLE} but not installed")
    return [entry for entry in found if entry.name in names]


def _load_entry_point(entry: EntryPoint) -> None:
    origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    record = PluginRecord(entry.name, origin)
    if entry.name in _state.records:
        taken_by = _state.records[entry.name].origin
        record.name = f"{entry.name} ({origin})"
        _fail(record, f"the plugin name '{entry.name}' is taken by {taken_by}")
        return
    try:
        with _whole_or_nothing(record):
            _run_hooks(_import(entry), record.name)
    except PluginLoadError as error:
        _fail(record, str(error))
    else:
        _state.records[record.name] = record


def _import(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything
        raise PluginLoadError(f"import failed: {type(error).__name__}: {error}") from error


def _fail(record: PluginRecord, reason: str) -> None:
    record.failure = " ".join(reason.split())
    _state.records[record.name] = record
    _logger.warning("plugin '%s' was not loaded: %s", record.name, record.failure)


@contextmanager
def _whole_or_nothing(record: PluginRecord) -> Iterator[None]:
    """Note in ``record`` what is added to the slots meanwhile; take it out again on an error.

    Comparing the slots before and after also catches classes that a plugin's modules register
    with a decorator while they are imported.
    """
    before = _list_parts()
    try:
        yield
    except BaseException:
        _remove_parts(_list_parts() - before)
        raise
    record.parts = sorted(_list_parts() - before)


def _list_parts() -> set[tuple[str, str]]:
    from fcsrlib.registry import SLOTS

    return {(slot, part) for slot, registry in SLOTS.items() for part in registry.origins}


def _remove_parts(parts: Iterable[tuple[str, str]]) -> None:
    from fcsrlib.registry import SLOTS

    for slot, part in parts:
        SLOTS[slot].remove(part)


def _forget_everything() -> None:
    for record in _state.records.values():
        _remove_parts(record.parts)
    _state.records.clear()
    _state.is_loaded = False


def _run_hooks(plugin: Any, name: str) -> None:
    """Call every hook of one plugin, alone, with a function that adds to the hook's slot."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, name)
        manager.check_pending()
        _check_marks(plugin)
        for slot, hook in HOOK_OF_SLOT.items():
            getattr(manager.hook, hook)(register=_make_register(slot, name))
    except pluggy.PluginValidationError as error:
        known = ", ".join(HOOK_OF_SLOT.values())
        raise PluginLoadError(f"{error}; the hooks are: {known}") from error
    except FCSRError as error:
        raise PluginLoadError(str(error)) from error
    except (Exception, SystemExit) as error:
        raise PluginLoadError(f"a hook raised {type(error).__name__}: {error}") from error


def _check_marks(plugin: Any) -> None:
    """Refuse a function that has a hook's name but not its mark: pluggy would not call it."""
    for hook in HOOK_OF_SLOT.values():
        function = getattr(plugin, hook, None)
        if function is not None and not hasattr(function, f"{GROUP}_impl"):
            raise PluginLoadError(f"{hook} is not marked; put @fcsrlib.hookimpl above it")


def _make_register(slot: str, origin: str) -> hookspecs.Register:
    from fcsrlib.registry import SLOTS

    def register(part: type, name: str | None = None) -> None:
        SLOTS[slot].add(part, name, origin=origin)

    return register
