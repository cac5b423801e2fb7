"""The paper's protocols and one of ours, a file each; a new one is a file and a name below."""

from __future__ import annotations

from difflib import get_close_matches

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.protocol import Protocol
from fcsrlib.evaluation.protocols.consistency import CONSISTENCY
from fcsrlib.evaluation.protocols.cross import CROSS
from fcsrlib.evaluation.protocols.fig7 import FIG7
from fcsrlib.evaluation.protocols.fig9 import FIG9
from fcsrlib.evaluation.protocols.identification import IDENTIFICATION
from fcsrlib.evaluation.protocols.natural import NATURAL
from fcsrlib.evaluation.protocols.released import RELEASED
from fcsrlib.evaluation.protocols.table3 import TABLE3
from fcsrlib.evaluation.protocols.table4 import TABLE4
from fcsrlib.evaluation.protocols.table5 import TABLE5
from fcsrlib.evaluation.protocols.table6 import TABLE6

_ALL: tuple[Protocol, ...] = (
    *(TABLE3, TABLE4, FIG7, FIG9, TABLE5, TABLE6, CROSS, CONSISTENCY, NATURAL),
    *(IDENTIFICATION, RELEASED),
)
PROTOCOLS = {protocol.name: protocol for protocol in _ALL}


def find_protocol(name: str) -> Protocol:
    """Return the protocol of that name.

    Raises:
        ConfigError: There is none; the message names close ones.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    close = get_close_matches(name, PROTOCOLS, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "choose one of them."
    raise ConfigError(f"no protocol '{name}'; there are {', '.join(PROTOCOLS)}: {hint}")
