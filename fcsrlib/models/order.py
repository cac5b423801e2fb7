"""Builds a generator in the order that its config asks for."""

from __future__ import annotations

from typing import Any

from fcsrlib.errors import ConfigError
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.sr_first import SRFirstGenerator

_ORDERS = {"fc_first": FCSRGenerator, "sr_first": SRFirstGenerator}


def build_generator(*, order: str = "fc_first", **options: Any) -> FCSRGenerator:
    """Build the generator of a config.

    Args:
        order: ``fc_first``, the paper's method, or ``sr_first``, its Baseline 2.
        **options: Arguments of :class:`FCSRGenerator`.

    Raises:
        ConfigError: Another order.
        ContractError: The parts do not fit together.
    """
    if order not in _ORDERS:
        raise ConfigError(f"model.generator.order is {order!r}; expected one of {list(_ORDERS)}.")
    return _ORDERS[order](**options)
