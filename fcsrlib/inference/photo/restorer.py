"""Restores whole photographs: every face found, aligned, restored and put back in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from fcsrlib.inference.image_io import FoundImage, ImageLike, read_any
from fcsrlib.inference.photo.face_finder import FaceFinder, FindsFaces, check_detector
from fcsrlib.inference.photo.paste import RestoredFace, add_detail, fill_photo
from fcsrlib.inference.photo.plan import HoleMask, plan_photo
from fcsrlib.inference.photo.restored import PhotoFacePlan, PhotoRestored, PreparedPhoto
from fcsrlib.inference.restored import NetworkOutput
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.restorer_choice import RestorerChoice


class PhotoRestorer:
    """Trained networks and a face finder that take any photograph.

    A photograph keeps its size, and only what is hidden in its faces changes, with a seam inside
    the hole; all other pixels are bit-identical. Where it is to be enlarged, small faces get the
    network's detail as well, true to what is visible of them. Calls change nothing in it: threads
    may share one.

    Args:
        restorers: One network, or a choice by the size of each face.
        finder: Finds the faces; None: a :class:`~fcsrlib.inference.photo.face_finder.FaceFinder`,
            made when the first photograph needs it.
        detector: That finder's detector: ``auto``, ``hog`` or ``cnn``.

    Raises:
        ConfigError: Another detector.
    """

    def __init__(
        self,
        restorers: Restorer | RestorerChoice,
        finder: FindsFaces | None = None,
        *,
        detector: str = "auto",
    ) -> None:
        """Take all; nothing is loaded yet."""
        check_detector(detector)
        self._detector = detector
        self._restorers = restorers
        self._finder = finder
        self._lock = Lock()

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path | None = None,
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
        batch_size: int = 16,
        finder: FindsFaces | None = None,
        detector: str = "auto",
    ) -> PhotoRestorer:
        """Return the restorer of a released model.

        Args:
            name: Name of a released model, path or URL of a release file; None: ``swift_x8`` or
                ``swift_x4`` by the size of each face.
            device: See :class:`~fcsrlib.inference.restorer.Restorer`.
            dtype: See the same.
            batch_size: See the same.
            finder: See :class:`PhotoRestorer`.
            detector: See :class:`PhotoRestorer`.

        Raises:
            CheckpointError: There is no such model, or its file cannot be fetched or read. Models
                by size are loaded, and this is raised, when a face needs them.
            ContractError: It is a model of another kind.
            ConfigError: No such device or type here.
        """

        def load(one: str | Path) -> Restorer:
            return Restorer.from_pretrained(one, device=device, dtype=dtype, batch_size=batch_size)

        return cls(RestorerChoice(load) if name is None else load(name), finder, detector=detector)

    def __call__(
        self,
        image: ImageLike,
        hole_mask: HoleMask | None = None,
        enlarge: int = 1,
        *,
        eyes: Sequence[Sequence[float]] | None = None,
    ) -> PhotoRestored:
        """Restore the faces of one photograph.

        Args:
            image: See :func:`~fcsrlib.inference.image_io.read_any`.
            hole_mask: What is hidden in the photograph, of its proportions, see
                :func:`~fcsrlib.inference.hole_masks.read_hole`; or a function that finds it in
                an aligned face, uint8 (side, side, 3) to (side, side), such as a
                :class:`~fcsrlib.inference.mask_finder.MaskFinder`; None: nothing is hidden.
            enlarge: How many times larger the result shall be: 1, 2, 4 or 8.
            eyes: x, y of both eyes' centres in pixels of the upright photograph, four numbers a
                face; then no faces are searched for. None: they are.

        Returns:
            The photograph with what became of each face; as it was where there is none.

        Raises:
            DataError: An image or mask of another shape, type or range, eyes outside of the
                photograph, or a result that would be too large.
            UndecodableImageError: A file that cannot be read.
            ConfigError: No kind of image at all, or another enlargement.
            MissingExtraError: Faces have to be found and dlib is not installed.
            CheckpointError: A model cannot be loaded.
        """
        photo = self.prepare(image, hole_mask, enlarge, eyes=eyes)
        restored = self.finish(photo, self.run(photo.plans))
        if photo.kind == "pil":
            return replace(restored, image=Image.fromarray(restored.image))
        if photo.kind == "tensor" and isinstance(image, torch.Tensor):
            pixels = torch.from_numpy(restored.image).permute(2, 0, 1).contiguous()
            return replace(restored, image=pixels.to(image.device))
        return restored

    def prepare(
        self,
        image: ImageLike | FoundImage,
        hole_mask: HoleMask | None = None,
        enlarge: int = 1,
        *,
        eyes: Sequence[Sequence[float]] | None = None,
    ) -> PreparedPhoto:
        """Return the faces and what is to be done with each; the first of three steps of a call.

        The arguments are those of a call; the photograph may have been read already.

        Raises:
            FCSRError: See :meth:`__call__`.
        """
        found = image if isinstance(image, FoundImage) else read_any(image)
        return plan_photo(found, hole_mask, enlarge, eyes, self._find, self._choose)

    def run(self, plans: Sequence[PhotoFacePlan]) -> list[NetworkOutput | None]:
        """Return what the networks make of faces; None for those that none shall see."""
        outputs: list[NetworkOutput | None] = [None] * len(plans)
        restorers = {id(plan.restorer): plan.restorer for plan in plans}
        for restorer in restorers.values():
            if restorer is None:
                continue
            places = [place for place, plan in enumerate(plans) if plan.restorer is restorer]
            faces = [plans[place].prepared for place in places]
            made = restorer.run([face for face in faces if face is not None])
            for place, output in zip(places, made, strict=True):
                outputs[place] = output
        return outputs

    def finish(
        self, photo: PreparedPhoto, outputs: Sequence[NetworkOutput | None]
    ) -> PhotoRestored:
        """Return the photograph as an array with its faces put back; the third step."""
        faces = [
            (plan, RestoredFace(plan.frame, output.picture))
            for plan, output in zip(photo.plans, outputs, strict=True)
            if output is not None
        ]
        pixels: NDArray[np.uint8] = photo.pixels
        if photo.hole is not None:
            pixels = fill_photo(pixels, photo.hole, [face for _, face in faces])
        if photo.enlarge > 1:
            small = [face for plan, face in faces if plan.has_detail]
            pixels = add_detail(pixels, photo.hole, small, photo.enlarge)
        told = tuple(plan.face for plan in photo.plans)
        return PhotoRestored(pixels, told, "; ".join(photo.notes))

    def _find(self, image: NDArray[np.uint8]) -> Sequence[Any]:
        with self._lock:
            if self._finder is None:
                self._finder = FaceFinder(self._detector)
        return self._finder.find_all(image)

    def _choose(self, side_px: int) -> Restorer:
        if isinstance(self._restorers, RestorerChoice):
            return self._restorers.choose(side_px)
        return self._restorers
