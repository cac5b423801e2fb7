"""Restores aligned faces of any size: hidden parts completed, small ones enlarged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from fcsrlib.errors import CheckpointError, ConfigError, ContractError
from fcsrlib.inference.agreement import hold_to_input, keep_gray
from fcsrlib.inference.detail import fill_hole
from fcsrlib.inference.hole_masks import spread_masks
from fcsrlib.inference.image_io import ImageLike, read_any
from fcsrlib.inference.lr_input import PreparedFace, prepare_face
from fcsrlib.inference.precision import choose_device, choose_dtype
from fcsrlib.inference.releases.release_file import build_release
from fcsrlib.inference.restored import (
    NetworkOutput,
    Restored,
    RestoredParts,
    RestoreOptions,
    split_priors,
)
from fcsrlib.inference.weights import resolve_weights

_STACK_NDIM = 4


class Restorer:
    """A trained network that takes any image of an aligned face.

    Calls change nothing in it: threads may share one.

    Attributes:
        generator: The network, in eval mode.
        device: Where it runs.
        dtype: ``torch.float32``, or the type that autocast computes in.
        lr_side: Side of the network's input in pixels.
        hr_side: Side of its output.

    Args:
        generator: A :class:`~fcsrlib.models.generator.FCSRGenerator`; it is moved to ``device``,
            frozen and put into eval mode.
        device: Where to run; None: CUDA where there is one, else the processor.
        dtype: ``float32``, ``bfloat16`` or ``float16``, also as ``torch.dtype``; None: bfloat16 on
            processors with units for it, else float32.
        batch_size: Most faces that the network sees at once.

    Raises:
        ContractError: ``generator`` does not say its ``lr_side`` and ``hr_side``.
        ConfigError: No such device or type here, or a batch size below 1.
    """

    def __init__(
        self,
        generator: nn.Module,
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
        batch_size: int = 16,
    ) -> None:
        """Move the network to its device."""
        sides = [getattr(generator, name, None) for name in ("lr_side", "hr_side")]
        if not isinstance(generator, nn.Module) or not all(isinstance(one, int) for one in sides):
            raise ContractError(
                f"{type(generator).__name__} restores no faces; expected an FCSRGenerator, for "
                "example from load_generator."
            )
        if batch_size < 1:
            raise ConfigError(f"batch_size is {batch_size}; expected at least 1.")
        self.device = choose_device(device)
        self.dtype = choose_dtype(dtype, self.device)
        self.batch_size = batch_size
        self.lr_side, self.hr_side = int(sides[0] or 0), int(sides[1] or 0)
        generator = generator.to(self.device).eval().requires_grad_(False)
        if self.dtype != torch.float32:
            generator = generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.generator = generator

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path,
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
        batch_size: int = 16,
    ) -> Restorer:
        """Return the restorer of a released model.

        Args:
            name: Name of a released model such as ``swift_x8``, path or URL of a release file.
            device: See :class:`Restorer`.
            dtype: See :class:`Restorer`.
            batch_size: See :class:`Restorer`.

        Raises:
            CheckpointError: There is no such model, or its file cannot be fetched or read.
            ContractError: It is a model of another kind.
            ConfigError: No such device or type here.
        """
        path = resolve_weights(name)
        generator = build_release(path, choose_device(device), torch.float32)
        return cls(generator, device=device, dtype=dtype, batch_size=batch_size)

    @overload
    def __call__(
        self,
        image: list[Any] | tuple[Any, ...],
        hole_mask: Any = ...,
        *,
        consistent: bool = ...,
        keep_detail: bool = ...,
        return_parts: bool = ...,
    ) -> list[Restored]: ...

    @overload
    def __call__(
        self,
        image: ImageLike,
        hole_mask: Any = ...,
        *,
        consistent: bool = ...,
        keep_detail: bool = ...,
        return_parts: bool = ...,
    ) -> Restored: ...

    def __call__(
        self,
        image: Any,
        hole_mask: Any = None,
        *,
        consistent: bool = True,
        keep_detail: bool = True,
        return_parts: bool = False,
    ) -> Restored | list[Restored]:
        """Restore one face, or a batch of faces of any sizes.

        Args:
            image: See :func:`~fcsrlib.inference.image_io.read_any`; for a batch a list, or an array
                or tensor with a leading batch dimension. Of an image that is not square, the
                central square is restored.
            hole_mask: See :func:`~fcsrlib.inference.hole_masks.read_hole`; None: nothing is
                hidden. For a batch, one mask for all, or a list or stack with one each.
            consistent: See :class:`RestoreOptions`.
            keep_detail: See :class:`RestoreOptions`.
            return_parts: Whether to return what lies between as well.

        Returns:
            The restored face; for a batch a list of them, in order.

        Raises:
            DataError: An image or mask of another shape, type or range.
            UndecodableImageError: A file that cannot be read.
            ConfigError: No kind of image at all, or masks that do not match a batch in number.
            CheckpointError: The network makes values that are not finite.
        """
        options = RestoreOptions(consistent, keep_detail)
        is_batch = isinstance(image, (list, tuple)) or getattr(image, "ndim", 0) == _STACK_NDIM
        images = list(image) if is_batch else [image]
        masks = spread_masks(hole_mask, len(images)) if is_batch else [hole_mask]
        faces = [self.prepare(one, mask) for one, mask in zip(images, masks, strict=True)]
        outputs = self.run(faces, options)
        restored = [
            self._give(source, face, output, options, return_parts)
            for source, face, output in zip(images, faces, outputs, strict=True)
        ]
        return restored if is_batch else restored[0]

    def prepare(self, image: ImageLike, hole_mask: ImageLike | None = None) -> PreparedFace:
        """Return the network's input of one image; the first of three steps of a call.

        Raises:
            DataError: An image or mask of another shape, type or range.
            UndecodableImageError: A file that cannot be read.
            ConfigError: No kind of image at all.
        """
        return prepare_face(read_any(image), hole_mask, self.lr_side)

    def run(
        self, faces: Sequence[PreparedFace], options: RestoreOptions | None = None
    ) -> list[NetworkOutput]:
        """Return what the network makes of prepared faces; the second step."""
        options = options or RestoreOptions()
        starts = range(0, len(faces), self.batch_size)
        return [
            output
            for start in starts
            for output in self._run_batch(faces[start : start + self.batch_size], options)
        ]

    def finish(
        self, face: PreparedFace, output: NetworkOutput, options: RestoreOptions | None = None
    ) -> NDArray[np.uint8]:
        """Return the result at its final size, uint8 (side, side, 3); the third step."""
        options = options or RestoreOptions()
        if not (options.keep_detail and face.square.shape[0] >= self.hr_side):
            return output.picture
        if face.hole is None:
            return face.square
        return fill_hole(face.square, face.hole, output.picture)

    def tell(self, face: PreparedFace, options: RestoreOptions) -> str:
        """Return the note to the result of ``face``."""
        notes = face.notes
        if options.keep_detail and face.hole is None and face.square.shape[0] >= self.hr_side:
            notes = (
                *notes,
                f"nothing is hidden and the image is not smaller than the network's "
                f"{self.hr_side}x{self.hr_side}, so it is returned as it is (keep_detail=False: "
                "the network's own face)",
            )
        return "; ".join(notes)

    @torch.inference_mode()
    def _run_batch(
        self, faces: Sequence[PreparedFace], options: RestoreOptions
    ) -> list[NetworkOutput]:
        lr_masked = torch.stack([face.lr_masked for face in faces]).to(self.device)
        hole_mask = torch.stack([face.hole_mask for face in faces]).to(self.device)
        with self._autocast():
            generated = self.generator(lr_masked, hole_mask)
        hr_restored = generated.hr_restored.float()
        if not torch.isfinite(hr_restored).all():
            raise CheckpointError(
                f"the network makes values that are not finite in {self.dtype}; its weights are "
                "damaged, or need dtype='float32'."
            )
        picture = keep_gray(hr_restored, lr_masked)
        picture = hold_to_input(picture, lr_masked, hole_mask, faces, options)
        pictures = (picture.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        composites: Iterable[Tensor | None] = [None] * len(faces)
        if generated.lr_composite is not None:
            composites = generated.lr_composite.float().cpu()
        priors = split_priors(generated.restoration.priors, len(faces))
        return [
            NetworkOutput(np.ascontiguousarray(pixels), *made)
            for pixels, *made in zip(pictures, hr_restored.cpu(), composites, priors, strict=True)
        ]

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def _give(
        self,
        source: Any,
        face: PreparedFace,
        output: NetworkOutput,
        options: RestoreOptions,
        with_parts: bool,
    ) -> Restored:
        """Return the result in the container that ``source`` came in."""
        image: Any = self.finish(face, output, options)
        if face.kind == "pil":
            image = Image.fromarray(image)
        elif face.kind == "tensor":
            image = torch.from_numpy(image).permute(2, 0, 1).contiguous().to(source.device)
        restored = Restored(image, self.tell(face, options))
        if not with_parts:
            return restored
        parts = RestoredParts(
            face.lr_masked,
            face.hole_mask,
            output.lr_composite,
            output.hr_restored,
            output.priors,
        )
        return replace(restored, parts=parts)
