"""A plugin of fcsrlib: registers the super-resolution network EdgeSR.

The network is imported inside the hook, so that finding the plugin costs nothing.
"""

import fcsrlib
from fcsrlib.plugin.hookspecs import Register


@fcsrlib.hookimpl
def register_sr_backbones(register: Register) -> None:
    """Register EdgeSR in slot SR_BACKBONES."""
    from fcsrlib_example_sr.edge_sr import EdgeSR

    register(EdgeSR)
