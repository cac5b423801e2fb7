"""The hooks a plugin may implement: one per slot, each given a ``register`` function.

``register(part, name=None)`` takes a class and the name that configs use (default: the class
name). What a plugin registers counts only when all of it can be registered.
"""

from __future__ import annotations

from collections.abc import Callable

import pluggy

GROUP = "fcsrlib"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)

Register = Callable[..., None]

HOOK_OF_SLOT = {
    "FC_BACKBONES": "register_fc_backbones",
    "SR_BACKBONES": "register_sr_backbones",
    "DISCRIMINATORS": "register_discriminators",
    "LOSSES": "register_losses",
    "FACE_PRIORS": "register_face_priors",
}


@hookspec
def register_fc_backbones(register: Register) -> None:
    """Register completion networks, see :class:`fcsrlib.contracts.FCBackbone`."""


@hookspec
def register_sr_backbones(register: Register) -> None:
    """Register super-resolution networks, see :class:`fcsrlib.contracts.SRBackbone`."""


@hookspec
def register_discriminators(register: Register) -> None:
    """Register discriminators, see :class:`fcsrlib.contracts.Discriminator`."""


@hookspec
def register_losses(register: Register) -> None:
    """Register losses, see :class:`fcsrlib.contracts.Loss`."""


@hookspec
def register_face_priors(register: Register) -> None:
    """Register face prior networks, see :class:`fcsrlib.contracts.FacePriorNetwork`."""
