"""Decides which faces a config's readers read: --data-root's, the config's own, or drawn ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config, ConfigDict

from fcsrlib.data.layouts import recognise_layout
from fcsrlib.errors import DataError

LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")


class ChosenData(NamedTuple):
    """Which faces were chosen.

    Attributes:
        description: One line that says so.
        is_synthetic: Whether they are drawn for want of others.
    """

    description: str
    is_synthetic: bool = False


def choose_data(config: Config, data_root: str | Path | None) -> ChosenData:
    """Point the config's readers at ``data_root``, at its own folder, or at synthetic faces.

    Args:
        config: Changed in place.
        data_root: Folder of ``--data-root``: a layout that
            :func:`fcsrlib.data.layouts.recognise_layout` knows, or any folder of images. Where the
            config mixes sources, one of those layouts in their stead, or the folder that holds
            them all under the names that they have in the config.

    Raises:
        DataError: ``data_root`` was given but is no folder, or lacks one of mixed sources.
    """
    sources = [loader.dataset.source for loader in list_loaders(config)]
    if data_root is None:
        return _keep_own(sources)
    root = Path(data_root)
    if not root.is_dir():
        raise DataError(f"--data-root {root} is no folder; give the one that holds the images.")
    layout = recognise_layout(root)
    is_mixed = any("sources" in source for source in sources)
    holds_several = is_mixed and layout.reader == "FaceFolder"
    for source in sources:
        if holds_several:
            _move_leaves(source, root)
        else:
            _move(source, root, layout.reader)
    title = "several data sets" if holds_several else layout.title
    return ChosenData(f"faces from {root} ({title})")


def limit_source(source: ConfigDict, count: int | None) -> None:
    """Let ``source`` give its first ``count`` faces only; None: all of them."""
    if count is not None:
        source["num_faces" if source.type == "SyntheticFaces" else "max_images"] = count


def list_loaders(config: Config) -> list[ConfigDict]:
    """Return the configs of the data loaders that there are."""
    return [config[name] for name in LOADERS if config.get(name)]


def _keep_own(sources: list[ConfigDict]) -> ChosenData:
    leaves = [leaf for source in sources for leaf in _list_leaves(source)]
    roots = sorted({leaf["root"] for leaf in leaves if leaf.get("root")})
    absent = [root for root in roots if not Path(root).is_dir()]
    if not absent:
        return ChosenData(f"faces from {', '.join(roots)}" if roots else "the config's own faces")
    for source in sources:
        _make_synthetic(source)
    reason = f"{absent[0]} does not exist and no --data-root was given"
    return ChosenData(f"synthetic faces ({reason})", is_synthetic=True)


def _list_leaves(source: ConfigDict) -> Iterator[ConfigDict]:
    """Yield the sources that a mixture is made of, or the source itself."""
    if "sources" not in source:
        yield source
    for inner in source.get("sources", ()):
        yield from _list_leaves(inner)


def _move(source: ConfigDict, root: Path, reader: str) -> None:
    if source["type"] != reader:  # another reader's own options mean nothing to this one
        kept = {key: source[key] for key in ("split", "max_images") if key in source}
        source.clear()
        source.update(type=reader, **kept)
    source["root"] = str(root)


def _move_leaves(source: ConfigDict, root: Path) -> None:
    for leaf in _list_leaves(source):
        place = root / Path(leaf["root"]).name
        if not place.is_dir():
            raise DataError(
                f"--data-root {root} has no folder '{place.name}', from which the config's "
                f"{leaf['type']} reads; put it there, or link it."
            )
        reader = recognise_layout(place).reader  # a pack stands in for what it was made of
        _move(leaf, place, reader if reader == "PackedFaces" else leaf["type"])


def _make_synthetic(source: ConfigDict) -> None:
    limit = source.get("max_images")
    kept = {"split": source.get("split", "train")}
    source.clear()
    source.update(type="SyntheticFaces", **kept)
    limit_source(source, limit)
