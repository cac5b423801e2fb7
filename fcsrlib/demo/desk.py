"""What happens at each button of the page: from values of its components to updates of them."""

from __future__ import annotations

import html
import logging
import tempfile
from collections import deque
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr

from fcsrlib.demo.answers import Answers, Wishes
from fcsrlib.demo.photo import draw_strokes, make_canvas, read_photo, read_strokes
from fcsrlib.errors import DataError, FCSRError
from fcsrlib.inference.image_io import FoundImage, save_image

_KEPT_RESULTS = 4


def _in_words(
    otherwise: Callable[[], Any] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Let the page say what is wrong; what is no :class:`FCSRError` is logged as well.

    Args:
        otherwise: Returns the updates of the components after an error, which would otherwise be
            covered by the word "Error"; None: there is nothing to cover.
    """

    def decorate(answer: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(answer)
        def wrapped(*arguments: Any) -> Any:
            try:
                return answer(*arguments)
            except FCSRError as error:
                message = str(error)
            except Exception as error:
                logging.getLogger(__name__).exception("the page met an unexpected error")
                message = f"unexpected {type(error).__name__}; the terminal says more."
            text = html.escape(message, quote=False)
            if otherwise is None:
                raise gr.Error(text, duration=None, print_exception=False)
            gr.Warning(text, duration=None)
            return otherwise()

        return wrapped

    return decorate


def _close() -> tuple[Any, ...]:
    """Return what waits for a photo: the place to drop it, without canvas and buttons."""
    return (
        None,
        gr.update(visible=True, value=None),
        gr.update(visible=False, value=None),
        *[gr.update(visible=False)] * 3,
        gr.update(interactive=False),
    )


def _hide() -> tuple[Any, ...]:
    """Return what takes the last result away."""
    return None, "", gr.update(visible=False, value=None)


class Desk:
    """What happens at each button: from values of components to updates of them.

    Args:
        answers: Does the work.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._results: deque[tempfile.TemporaryDirectory[str]] = deque()

    @_in_words(_close)
    def open(self, uploaded: dict[str, Any] | None) -> tuple[Any, ...]:
        """Put an uploaded photo on the canvas."""
        path = (uploaded or {}).get("path")
        canvas = _lay(_read(path))
        # The page centres layers on a canvas of the size it was told, whatever the background's.
        # Told once only: told again, it keeps the strokes that a new value takes off.
        size = canvas["background"].shape[1::-1]
        return (
            path,
            gr.update(visible=False, value=None),
            gr.update(visible=True, value=canvas, canvas_size=size),
            *[gr.update(visible=True)] * 3,
            gr.update(interactive=True),
        )

    def leave(self) -> tuple[Any, ...]:
        """Take photo and result away."""
        return *_close(), *_hide()

    @_in_words()
    def find(self, path: str | None, *wishes: Any) -> Any:
        """Return a layer painted over what a network finds to hide the face."""
        found = _read(path)
        hole = self._answers.find_hole(found, _read_wishes(*wishes))
        return draw_strokes(hole, *make_canvas(found.pixels).shape[:2])

    @_in_words(lambda: None)
    def draw(self, path: str | None, layer: Any = None) -> dict[str, Any]:
        """Put the photo on the canvas anew, under ``layer`` or nothing."""
        return _lay(_read(path), layer)

    @_in_words(_hide)
    def restore(
        self,
        path: str | None,
        painted: dict[str, Any] | None,
        kind: str,
        model: str | None,
        scale: int,
        enlarge: int,
        keep_detail: bool,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  Gradio finds it by this default
    ) -> tuple[Any, ...]:
        """Show the restoration and offer it as a file."""
        progress(0.0, "reading the photo")
        found = _read(path)
        hole = read_strokes((painted or {}).get("layers") or [], *found.pixels.shape[:2])
        wishes = _read_wishes(kind, model, scale, enlarge, keep_detail)
        answer = self._answers.restore(found, hole, wishes, progress)
        progress(0.9, "preparing the result")
        file = self.save(answer.image, Path(str(path)).stem)
        notes = "\n".join(f"- {html.escape(note, quote=False)}" for note in answer.notes)
        return (answer.before, answer.after), notes, gr.update(visible=True, value=str(file))

    def save(self, image: Any, stem: str) -> Path:
        """Write a result; Gradio copies it, so only the last few are kept."""
        folder = tempfile.TemporaryDirectory(prefix="result-")
        self._results.append(folder)
        if len(self._results) > _KEPT_RESULTS:
            self._results.popleft().cleanup()
        file = Path(folder.name) / f"{stem}.restored.png"
        save_image(image, file)
        return file


def _read(path: str | None) -> FoundImage:
    if path is None:
        raise DataError("there is no photo yet; open one first.")
    return read_photo(path)


def _read_wishes(
    kind: str, model: str | None, scale: int, enlarge: int, keep_detail: bool
) -> Wishes:
    return Wishes(kind, model, scale or None, enlarge, keep_detail)


def _lay(found: FoundImage, layer: Any = None) -> dict[str, Any]:
    """Return a canvas of the photo under ``layer``."""
    layers = [] if layer is None else [layer]
    return {"background": make_canvas(found.pixels), "layers": layers, "composite": None}
