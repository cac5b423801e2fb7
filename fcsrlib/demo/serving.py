"""Serves the page on this machine until it is told to stop."""

from __future__ import annotations

import errno
import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from fcsrlib.demo.answers import Answers
from fcsrlib.errors import ConfigError, MissingExtraError

_MAX_UPLOAD = "128mb"  # 40 megapixels as they are, and headers
_PATIENCE_SECONDS = 2  # for replies under way when the page ends
_MAX_PORT = 65535
_PORTS_TRIED = 50


def claim_port(host: str, port: int) -> socket.socket:
    """Return a socket that listens at ``host`` and ``port``; port 0: any that is free.

    Raises:
        ConfigError: The port is taken (the message names a free one), or cannot be listened at.
    """
    if not 0 <= port <= _MAX_PORT:
        raise ConfigError(f"--port is {port}; expected 0 to {_MAX_PORT}.")
    try:
        return _listen(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            reason = error.strerror or error
            raise ConfigError(f"the page cannot be served at {host}:{port}: {reason}.") from error
        free = _find_free(host, port)
        raise ConfigError(f"port {port} of {host} is taken; --port {free} is free.") from error


def serve(answers: Answers, listener: socket.socket, tell: Callable[[str], None]) -> None:
    """Serve the page until SIGINT or SIGTERM; in the main thread.

    Nothing leaves this machine but what the page answers, and no file outlives the call.

    Args:
        answers: Does the page's work.
        listener: From :func:`claim_port`.
        tell: Called once, with the page's address, when it can be opened.

    Raises:
        MissingExtraError: Gradio is not installed.
    """
    with _temporary_files():
        try:
            import gradio as gr
            import uvicorn
            from fastapi import FastAPI
        except ModuleNotFoundError as error:
            raise MissingExtraError(str(error.name), "demo", "the page") from error
        from fcsrlib.demo.page import STYLE, build_page
        from fcsrlib.engine.interruption import catch_stop_requests

        app = gr.mount_gradio_app(
            FastAPI(),
            build_page(answers),
            path="/",
            theme=gr.themes.Default(
                font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
            ),
            css=STYLE,
            footer_links=[],
            run_history=False,
            show_error=False,
            max_file_size=_MAX_UPLOAD,
            ssr_mode=False,
            pwa=False,
        )

        class Server(uvicorn.Server):
            """Says when the page can be opened."""

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                tell(_name_address(listener))

        settings = uvicorn.Config(
            app, log_level="error", timeout_graceful_shutdown=_PATIENCE_SECONDS
        )
        logging.getLogger("uvicorn.error").addFilter(is_worth_telling)
        # The server handles both signals itself, and hands them on when it has ended.
        with catch_stop_requests():
            Server(settings).run(sockets=[listener])


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Tell whether the server's operator shall read a log record.

    A browser that leaves in the midst of an upload makes a traceback of starlette's
    ``ClientDisconnect``, and nothing is wrong.
    """
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or kind.__name__ != "ClientDisconnect"


@contextmanager
def _temporary_files() -> Iterator[None]:
    """Give Gradio a folder of its own, which is removed at the end, and no word to the outside."""
    with tempfile.TemporaryDirectory(prefix="fcsr-demo-", ignore_cleanup_errors=True) as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ["HF_HUB_OFFLINE"] = "1"
        yield


def _listen(host: str, port: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family)


def _find_free(host: str, port: int) -> int:
    """Return the next free port."""
    for one in (*range(port + 1, min(port + _PORTS_TRIED, _MAX_PORT)), 0):
        try:
            with closing(_listen(host, one)) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue
    raise ConfigError(f"{host} has no free port.")


def _name_address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # every address of this machine, which is none to open
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
