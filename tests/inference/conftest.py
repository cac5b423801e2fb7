"""A server for downloads, an empty cache folder; photographs whose faces are known."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fcsrlib.contracts import Completion, Restoration
from fcsrlib.inference.photo.face_finder import FoundFace
from fcsrlib.inference.restorer import Restorer
from fcsrlib.models.generator import FCSRGenerator


class FileServer(ThreadingHTTPServer):
    """Serves ``files`` (path → bytes), and can misbehave on request.

    Attributes:
        has_range: Whether it understands Range.
        breaks: How many bytes each coming reply sends before the line breaks, first to last.
        has_length: Whether it says how long a file is.
        redirects: Path → address.
        content_type: What it says its files are; None: nothing.
        pause: Set when a reply may go on; replies wait for it.
        requests: (path, Range header or None) of every request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.redirects = {}, {}
        self.has_range = self.has_length = True
        self.content_type = None
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
        if server.content_type:
            self.send_header("Content-Type", server.content_type)
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


# Faces of photographs: where they are is known, and what the network makes of them is one colour.

TEMPLATE = np.array([(47.9, 65.7), (79.5, 65.7), (63.7, 100.1)])
"""Right eye, left eye and mouth of an aligned face of 128x128, about."""


class FlatCompletion(nn.Module):
    """Fills the hole with one colour and remembers what it saw."""

    size_multiple = 1

    def __init__(self, colour):
        super().__init__()
        self.register_buffer("colour", torch.tensor(colour).view(1, 3, 1, 1))
        self.seen = []

    def forward(self, lr_masked, hole_mask):
        self.seen.append((lr_masked.clone(), hole_mask.clone()))
        return Completion(lr_masked * (1 - hole_mask) + self.colour * hole_mask)


class BicubicEnlargement(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, lr):
        return Restoration(F.interpolate(lr, scale_factor=self.scale, mode="bicubic"))


class KnownFaces:
    """Stands in for dlib: returns the faces that it was given."""

    def __init__(self, *points):
        self.points = points

    def find_all(self, image):
        boxes = [(*one.min(0).tolist(), *one.max(0).tolist()) for one in self.points]
        return [FoundFace(one, 1.0, box) for one, box in zip(self.points, boxes, strict=True)]


@pytest.fixture
def known_faces():
    """Return :class:`KnownFaces`."""
    return KnownFaces


@pytest.fixture
def place_face():
    """Return a function: 68 points of a face whose square has this centre, side and angle."""

    def place(x, y, side, degrees=0.0):
        turn = side / 128 * np.exp(-1j * np.deg2rad(degrees))
        places = (TEMPLATE - 63.5) @ (1, 1j) * turn + (x + 1j * y)
        eyes, mouth = places[:2], places[2]
        points = np.full(68, mouth)
        points[36:42], points[42:48] = eyes
        return np.stack([points.real, points.imag], 1).astype(np.float32)

    return place


@pytest.fixture
def flat_restorer():
    """Return a function: a restorer whose network fills holes with one colour."""

    def build(colour=(1.0, 0.0, 0.0), scale=4, batch_size=16):
        fc, sr = FlatCompletion(colour), BicubicEnlargement(scale)
        generator = FCSRGenerator(fc=fc, sr=sr, hr_side=128, scale=scale)
        restorer = Restorer(generator, device="cpu", dtype="float32", batch_size=batch_size)
        fc.seen.clear()  # the generator has tried its parts
        restorer.seen = fc.seen
        return restorer

    return build


@pytest.fixture
def scene():
    """Return a smooth photograph, uint8 (300, 400, 3), levels 40 to 215."""
    noise = np.random.default_rng(0).uniform(0, 255, (300, 400, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 6)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return (smooth * 175 + 40).astype(np.uint8)
