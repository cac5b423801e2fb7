"""Loads plugins one by one, each whole or not at all, and keeps the reasons of those that fail."""

from __future__ import annotations

import logging
import os
import threading
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
    """
    with _lock:
        if _state.is_loaded:
            return
        _state.is_loaded = True
        from fcsrlib.plugin import builtin

        register_plugin(builtin, BUILTIN)
        for entry in _list_entry_points():
            _load_entry_point(entry)


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
        _add(plugin, record)
        _state.records[name] = record
        return record


def unregister_plugin(name: str) -> None:
    """Take plugin ``name`` and all its parts out again.

    Raises:
        PluginLoadError: No plugin of that name is registered.
    """
    from fcsrlib.registry import SLOTS

    with _lock:
        if name not in _state.records:
            known = ", ".join(_state.records)
            raise PluginLoadError(f"no plugin '{name}' is registered; there are: {known}.")
        for slot, part in _state.records.pop(name).parts:
            SLOTS[slot].remove(part)


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
        plugin = entry.load()
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything
        _fail(record, f"import failed: {type(error).__name__}: {error}")
        return
    try:
        _add(plugin, record)
    except PluginLoadError as error:
        _fail(record, str(error))
    else:
        _state.records[record.name] = record


def _fail(record: PluginRecord, reason: str) -> None:
    record.failure = " ".join(reason.split())
    _state.records[record.name] = record
    _logger.warning("plugin '%s' was not loaded: %s", record.name, record.failure)


def _add(plugin: Any, record: PluginRecord) -> None:
    """Run the plugin's hooks and commit what they register, or nothing."""
    from fcsrlib.registry import SLOTS

    for slot, part, name in _collect(plugin, record.name):
        try:
            SLOTS[slot].add(part, name, origin=record.name)
        except FCSRError as error:
            for added_slot, added in record.parts:
                SLOTS[added_slot].remove(added)
            record.parts.clear()
            raise PluginLoadError(str(error)) from error
        record.parts.append((slot, name or part.__name__))


def _collect(plugin: Any, name: str) -> list[tuple[str, type, str | None]]:
    """Call every hook of one plugin alone and return what it asks to register."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    asked: list[tuple[str, type, str | None]] = []
    try:
        manager.register(plugin, name)
        manager.check_pending()
        for slot, hook in HOOK_OF_SLOT.items():

            def register(part: type, name: str | None = None, *, _slot: str = slot) -> None:
                asked.append((_slot, part, name))

            getattr(manager.hook, hook)(register=register)
    except pluggy.PluginValidationError as error:
        known = ", ".join(HOOK_OF_SLOT.values())
        raise PluginLoadError(f"{error}; the hooks are: {known}") from error
    except Exception as error:
        raise PluginLoadError(f"a hook raised {type(error).__name__}: {error}") from error
    return asked
