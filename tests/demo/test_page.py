"""The page in a real browser: open a photo, paint, restore, compare, download."""

import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.data import FaceDataset, SyntheticFaces
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.models import FCSRGenerator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("there is no chromium here", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.slow

FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SIDE = 200
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    parts = dict(
        fc=dict(type="PConvUNet", base_channels=8),
        sr=dict(type="SRResNet", channels=8, num_blocks=1),
    )
    config = dict(order="fc_first", **parts, scale=4, hr_side=128)
    torch.manual_seed(0)
    generator = FCSRGenerator(**parts, scale=4)
    path = tmp_path_factory.mktemp("release") / "tiny_x4.safetensors"
    write_release(path, generator.state_dict(), ReleaseInfo("tiny_x4", "generator", config))
    return path


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    """Return the file of a drawn face."""
    pixels = FaceDataset(SyntheticFaces(num_faces=1, side=SIDE))[0]["hr_target"]
    path = tmp_path_factory.mktemp("photos") / "drawn face.png"
    Image.fromarray(pixels).save(path)
    return path


class Demo:
    """``fcsr demo`` as people run it.

    Attributes:
        process: It.
        address: Of its page.
        folder: Where its temporary files are.
    """

    def __init__(self, release, folder):
        command = "-m fcsrlib demo --port 0 --no-browser --device cpu --model".split()
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, *command, str(release)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        line = self.process.stdout.readline()
        told = re.fullmatch(r"the page is at (http://127\.0\.0\.1:\d+) \(Ctrl-C ends it\)\n", line)
        assert told, line + self.process.stderr.read()
        self.address = told[1]


@pytest.fixture(scope="module")
def demo(release, tmp_path_factory):
    demo = Demo(release, tmp_path_factory.mktemp("temporary"))
    yield demo
    demo.process.kill()
    demo.process.communicate()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser, demo):
    """Return the opened page; at the end, it has no error and has asked nobody else."""
    faults = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(WAIT_MS)
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda reply: reply.status >= 400 and faults.append(reply.url))
    local = (f"{demo.address}/", "blob:", "data:")
    page.on("request", lambda asked: asked.url.startswith(local) or faults.append(asked.url))
    page.goto(demo.address)
    yield page
    assert faults == []
    page.close()


def upload(page, path):
    page.set_input_files("#drop input[type=file]", path)


def paint_stroke(page, half_px):
    """Paint from left to right through the photo's middle; return its zoom on the canvas."""
    page.wait_for_selector("#paint canvas")
    zoom = page.get_by_text(re.compile(r"^\d+%$"))
    zoom.wait_for()
    page.wait_for_timeout(500)  # the photo is faded in, then fitted to the canvas
    box = page.locator("#paint canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - half_px, y)
    page.mouse.down()
    page.mouse.move(x + half_px, y, steps=8)
    page.mouse.up()
    return int(zoom.inner_text().rstrip("%")) / 100


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_a_photo_is_opened_painted_restored_and_downloaded(page, face):
    upload(page, face)
    zoom = paint_stroke(page, half_px=60)
    press(page, "Restore")
    page.wait_for_selector("#result img")
    page.wait_for_function(
        "[...document.querySelectorAll('#result img')].filter(one => one.naturalWidth == 200)"
        ".length == 2"
    )
    page.get_by_text("restored as an aligned face, x4 in").wait_for()
    with page.expect_download() as download:
        page.locator("#download").click()
    assert download.value.suggested_filename == "drawn face.restored.png"
    before, after = (np.asarray(Image.open(one)) for one in (face, download.value.path()))
    assert after.shape == (SIDE, SIDE, 3)
    changed = (after != before).any(2)
    half = round(60 / zoom / 3)  # the canvas repeats each pixel of this photo three times
    middle = SIDE // 2
    assert changed[middle - 3 : middle + 3, middle - half : middle + half].mean() > 0.95
    rows, columns = np.nonzero(changed)
    radius = max(middle - rows.min(), rows.max() - middle)
    assert 3 < radius < 30  # the brush's, and nothing else has changed
    assert abs(middle - columns.min() - half - radius) < 4
    assert abs(columns.max() - middle - half - radius) < 4


def test_a_file_that_is_no_image_is_answered_in_words_and_the_next_photo_works(
    page, face, tmp_path
):
    broken = tmp_path / "broken.png"
    broken.write_text("no image")
    upload(page, broken)
    page.get_by_text("broken.png is no image; expected one of JPEG, PNG").wait_for()
    upload(page, face)
    paint_stroke(page, half_px=60)
    press(page, "Nothing is hidden")
    press(page, "Restore")
    page.get_by_text("nothing is hidden and the image is not smaller").wait_for()
    press(page, "Another photo")
    page.wait_for_selector("#drop input[type=file]", state="attached")
    assert page.locator("#paint canvas").count() == 0


def test_ctrl_c_ends_it_without_a_word_or_file(demo):
    """The last test: it ends what the others use."""
    assert any(demo.folder.iterdir())
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert demo.process.stdout.read() == demo.process.stderr.read() == ""
    assert not any(demo.folder.iterdir())
