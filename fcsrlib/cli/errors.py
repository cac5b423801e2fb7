"""Turns what a command raises into one line and an exit code; the tools use it too."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from fcsrlib.errors import FCSRError

EXIT_UNEXPECTED = 1
EXIT_ERROR = 2
EXIT_SOME_FAILED = 3  # some of many inputs; all others are done
EXIT_INTERRUPTED = 130  # what a shell reports for Ctrl-C


def run_or_explain(main_function: Callable[[], int | None], debug: bool = False) -> int:
    """Run ``main_function`` and return the exit code of the process.

    A :class:`~fcsrlib.errors.FCSRError` becomes ``error: ...`` on stderr and 2, Ctrl-C one line
    and 130, anything else ``unexpected ...`` and 1. Each is one line.

    Args:
        main_function: Returns an exit code, or None for 0.
        debug: Whether to print the traceback as well.
    """
    try:
        return main_function() or 0
    except KeyboardInterrupt:
        _explain("interrupted", debug)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough; without this, Python's own flush
        # at exit would complain about the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FCSRError as error:
        _explain(f"error: {_original_message(error)}", debug)
        return EXIT_ERROR
    except Exception as error:
        hint = "" if debug else ": run again with --debug"
        _explain(f"unexpected {type(error).__name__}: {error}{hint}", debug)
        return EXIT_UNEXPECTED


def _original_message(error: FCSRError) -> str:
    """Return the message alone, without the traceback that a data worker's error brings along."""
    message = str(error)
    if not message.startswith("Caught ") or "Original Traceback" not in message:
        return message
    return message.rpartition(f".{type(error).__name__}: ")[2]


def _explain(message: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    print(" ".join(message.split()), file=sys.stderr)
