"""A server on this machine for downloads, and a cache folder that is empty at first."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class FileServer(ThreadingHTTPServer):
    """Serves ``files`` (path → bytes), and can misbehave on request.

    Attributes:
        has_range: Whether it understands Range.
        breaks: How many bytes each coming reply sends before the line breaks, first to last.
        has_length: Whether it says how long a file is.
        redirects: Path → address.
        pause: Set when a reply may go on; replies wait for it.
        requests: (path, Range header or None) of every request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.redirects = {}, {}
        self.has_range = self.has_length = True
        self.breaks, self.requests = [], []
        self.pause = threading.Event()
        self.pause.set()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *_):
        """Say nothing of clients that hang up, as they do when they have seen enough."""

    def stop(self):
        self.shutdown()
        self.server_close()

    @property
    def ranges(self):
        return [found for _, found in self.requests]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        server = self.server
        wanted = self.headers.get("Range")
        server.requests.append((self.path, wanted))
        if self.path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[self.path])
            self.end_headers()
            return
        content = server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(re.match(r"bytes=(\d+)-", wanted)[1]) if wanted and server.has_range else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.has_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        if server.breaks:
            rest = rest[: server.breaks.pop(0)]
        self.wfile.write(rest[: len(rest) // 2])
        self.wfile.flush()
        server.pause.wait(10)
        self.wfile.write(rest[len(rest) // 2 :])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """Return a running :class:`FileServer` that is reached directly, whatever proxies there are."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.stop()
    thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the cache folder, which does not exist yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FCSRLIB_CACHE", str(folder))
    return folder


@pytest.fixture
def content():
    """Return 600 kB, more than two chunks."""
    return bytes(range(256)) * 2400


@pytest.fixture
def digest(content):
    return hashlib.sha256(content).hexdigest()
