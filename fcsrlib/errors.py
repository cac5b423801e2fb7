"""Every error the library raises on purpose: what was got, what was wanted, what to do."""

from __future__ import annotations


class FCSRError(Exception):
    """Root of all errors of this library.

    The command-line tools print its message as one line and exit non-zero; anything else that
    escapes is a bug.
    """


class ConfigError(FCSRError):
    """A config, stage or argument that cannot be run as written."""


class ContractError(FCSRError):
    """A part breaks the contract of its slot, or two parts do not fit together."""


class UnknownComponentError(FCSRError):
    """A name that no registry slot knows."""


class PluginLoadError(FCSRError):
    """A plugin that could not be loaded as a whole."""


class DataError(FCSRError):
    """A data set that is absent, incomplete or malformed."""


class UndecodableImageError(DataError):
    """One image file that cannot be read; training skips it up to a configured limit."""


class CheckpointError(FCSRError):
    """A checkpoint that is absent, damaged, unsafe or of another network."""


class MissingExtraError(FCSRError):
    """An optional package is needed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        """Say which ``package`` is missing for ``purpose`` and which ``extra`` installs it."""
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed; "
            f"run: pip install 'fcsrlib[{extra}]'"
        )
