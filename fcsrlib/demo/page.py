"""The page's layout, built of Gradio's components."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fcsrlib.demo.answers import Answers
from fcsrlib.demo.desk import Desk
from fcsrlib.demo.photo import PAINT
from fcsrlib.inference.folder.options import MAX_CROP_PX
from fcsrlib.inference.photo.plan import ENLARGEMENTS

TITLE = "Restore a face"
INTRODUCTION = (
    "Completes what hides a face and gives small faces their detail back. Everything stays on the "
    "machine that this page comes from."
)
NO_MODEL = (
    "**No model is released yet.** Train one, make a release file of it with `tools/release.py`, "
    "and start this page with `fcsr demo --model FILE`."
)
HOW_TO_PAINT = (
    "Drop a photo, then paint over what hides the face, or let it be found and correct that."
)
KIND_LABELS = [
    ("automatic", "auto"),
    ("aligned face", "aligned"),
    ("whole photograph", "photo"),
]
SCALE_LABELS = [("automatic", 0), ("x8", 8), ("x4", 4)]

STYLE = """
.gradio-container > main {max-width: 1280px !important; margin: 0 auto !important}
#paint canvas {touch-action: none}
footer {display: none !important}
"""
_CLEANING_SECONDS = (600, 3600)  # how often files are looked for, and from which age they go
_BOX_PX = 520
_QUEUE: dict[str, Any] = {
    "concurrency_limit": 1,
    "concurrency_id": "network",
    "api_visibility": "private",
}


def build_page(answers: Answers) -> gr.Blocks:
    """Return the page.

    Args:
        answers: Does the work.
    """
    desk = Desk(answers)
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=_CLEANING_SECONDS
    ) as page:
        gr.Markdown(f"# {TITLE}\n{INTRODUCTION}")
        if not answers.models.offers:
            gr.Markdown(NO_MODEL, elem_id="no-model", container=True)
        photo, layer = gr.State(None), gr.State(None)
        with gr.Row():
            with gr.Column(min_width=340):
                drop, paint, actions = _add_photo()
                wishes = _add_wishes(answers)
                restore = gr.Button("Restore", variant="primary", interactive=False)
            with gr.Column(min_width=340):
                slider, notes, download = _add_result()
        find, clear, other = actions
        opened = [photo, drop, paint, *actions, restore]
        shown = [slider, notes, download]
        # Gradio would decode the file itself and answer damaged ones with an error of its own.
        drop.upload(desk.open, drop, opened, preprocess=False, **_QUEUE)
        gr.on([other.click, paint.clear], desk.leave, None, opened + shown)
        # The canvas is an output of the second step alone: errors of the first leave it as it is.
        find.click(desk.find, [photo, *wishes], layer, **_QUEUE).success(
            desk.draw, [photo, layer], paint, **_QUEUE
        )
        clear.click(desk.draw, photo, paint, **_QUEUE)
        restore.click(desk.restore, [photo, paint, *wishes], shown, **_QUEUE)
    page.queue()
    return page


def _add_photo() -> tuple[gr.Image, gr.ImageEditor, list[gr.Button]]:
    """Add where a photo is dropped, and the canvas that takes its place."""
    drop = gr.Image(
        label="Photo",
        sources=["upload", "clipboard"],
        type="filepath",
        height=_BOX_PX,
        elem_id="drop",
    )
    paint = gr.ImageEditor(
        label="Paint",
        visible=False,
        sources=(),
        transforms=(),
        layers=False,
        brush=gr.Brush(default_size=40, colors=[f"#{bytes(PAINT).hex()}"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=40),
        type="numpy",
        format="png",
        image_mode="RGBA",
        height=_BOX_PX,
        buttons=["fullscreen"],
        elem_id="paint",
    )
    with gr.Row():
        gr.Markdown(HOW_TO_PAINT)
    with gr.Row():
        names = ("Find what hides it", "Nothing is hidden", "Another photo")
        buttons = [gr.Button(name, visible=False, size="sm", min_width=100) for name in names]
    return drop, paint, buttons


def _add_wishes(answers: Answers) -> list[Any]:
    """Add the settings, in the order of the fields of ``Wishes``."""
    offers = [(offer.label, offer.name) for offer in answers.models.offers]
    with gr.Accordion("Settings", open=False):
        kind = gr.Radio(
            KIND_LABELS,
            value="auto",
            label="What the photo shows",
            info=f"automatic: up to {MAX_CROP_PX} px an aligned face, above a whole photograph",
        )
        with gr.Row():
            model = gr.Dropdown(
                offers,
                value=offers[0][1] if offers else None,
                label="Model",
                min_width=240,
                interactive=bool(offers),
            )
            scale = gr.Radio(SCALE_LABELS, value=0, label="Scale of the model", min_width=240)
        enlarge = gr.Radio(
            [(f"{times}x", times) for times in ENLARGEMENTS],
            value=1,
            label="Enlarge a whole photograph",
        )
        keep = gr.Checkbox(value=True, label="Keep the detail that is visible in an aligned face")
    return [kind, model, scale, enlarge, keep]


def _add_result() -> tuple[gr.ImageSlider, gr.Markdown, gr.DownloadButton]:
    slider = gr.ImageSlider(
        label="Before and after",
        type="numpy",
        format="png",
        interactive=False,
        buttons=["fullscreen"],
        height=_BOX_PX,
        max_height=_BOX_PX,  # else a larger picture would be cut off below
        elem_id="result",
    )
    notes = gr.Markdown(elem_id="notes")
    download = gr.DownloadButton("Download as PNG", visible=False, elem_id="download")
    return slider, notes, download
