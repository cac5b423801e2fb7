"""The door third parties come through; built-in parts use the same hooks.

A plugin marks its functions with :data:`hookimpl` and is found through the entry-point group
``fcsrlib``. This package imports neither torch nor mmengine.
"""

from fcsrlib.plugin.hookspecs import hookimpl
from fcsrlib.plugin.loader import (
    PluginRecord,
    list_failures,
    list_plugins,
    load_plugins,
    register_plugin,
    unregister_plugin,
)

__all__ = [
    "PluginRecord",
    "hookimpl",
    "list_failures",
    "list_plugins",
    "load_plugins",
    "register_plugin",
    "unregister_plugin",
]
