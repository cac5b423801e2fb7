"""``fcsr demo``: a local page that restores photos, with a brush for what hides the face."""

from __future__ import annotations

import argparse
import webbrowser
from threading import Thread
from typing import Any

from fcsrlib.cli.machine import tune_process

DEFAULT_PORT = 7860


def add_parser(commands: Any) -> None:
    """Add this subcommand to ``fcsr``."""
    parser = commands.add_parser("demo", help="open a local page", description=__doc__)
    add = parser.add_argument
    add("--model", help="a released model or release file that the page offers first")
    add("--device", help="for example cpu or cuda:1; default cuda where there is one")
    add("--host", default="127.0.0.1", help="address to listen at (default %(default)s)")
    add("--port", type=int, default=DEFAULT_PORT, help="default %(default)s; 0: any free one")
    add("--no-browser", action="store_true", help="open no browser")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Serve the page until Ctrl-C, which is its regular end."""
    tune_process()
    from fcsrlib.demo.answers import Answers
    from fcsrlib.demo.models import Models
    from fcsrlib.demo.serving import claim_port, serve
    from fcsrlib.inference.precision import choose_device
    from fcsrlib.inference.restorer import Restorer

    def tell(address: str) -> None:
        print(f"the page is at {address} (Ctrl-C ends it)", flush=True)
        if not options.no_browser:
            # In a thread: the page must answer while the browser starts.
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    device = choose_device(options.device)
    with claim_port(options.host, options.port) as listener:
        models = Models(lambda name: Restorer.from_pretrained(name, device=device), options.model)
        serve(Answers(models), listener, tell)
