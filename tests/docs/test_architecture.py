"""docs/architecture.md: the files it names exist, and its order of imports is the code's."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "fcsrlib"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FIGURE = (ROOT / "docs" / "figures" / "architecture.svg").read_text(encoding="utf-8")

LAYERS = re.findall(r"^\d+\. `(\w+)`$", PAGE, re.M)
EXCEPTIONS = {
    (file, layer)
    for file, layers in re.findall(r"^\| `([\w/]+\.py)` → (.*?) \|", PAGE, re.M)
    for layer in re.findall(r"`(\w+)`", layers)
}


def list_modules(source):
    """Yield the dotted name of everything ``source`` imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import; the library writes absolute ones"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def list_imports(source):
    """Return every ``fcsrlib.<layer>`` that ``source`` imports."""
    names = list_modules(source)
    return {name.split(".")[1] for name in names if name.startswith("fcsrlib.")}


def list_climbs():
    """Return (file, layer) of every import of a layer above the file's own."""
    climbs = set()
    for path in LIBRARY.rglob("*.py"):
        name = path.relative_to(LIBRARY)
        layer = name.parts[0].removesuffix(".py")
        if layer.startswith("__"):
            continue  # __init__ and __main__ are the front door, above everything
        for imported in list_imports(path.read_text(encoding="utf-8")) - {"__version__"}:
            if LAYERS.index(imported) > LAYERS.index(layer):
                climbs.add((name.as_posix(), imported))
    return climbs


def test_every_package_stands_in_the_list_of_layers_once():
    present = {
        path.name.removesuffix(".py")
        for path in LIBRARY.iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or any(path.glob("*.py")))
    }
    assert present <= set(LAYERS)
    assert len(LAYERS) == len(set(LAYERS))


def test_no_layer_imports_a_higher_one_but_for_the_exceptions():
    assert list_climbs() == EXCEPTIONS


def test_an_import_of_a_higher_layer_would_be_noticed():
    source = "def f():\n    from fcsrlib.models import Stage\n    import fcsrlib.engine.ema\n"
    assert list_imports(source) == {"models", "engine"}


def list_inference_imports():
    """Return part of ``inference`` → the other parts it imports; the flat files are one, ``*.py``.

    Its ``__init__`` is the front door, above everything.
    """
    folder = LIBRARY / "inference"
    parts = {path.parent.name for path in folder.glob("*/*.py")}
    found = {part: set() for part in (*parts, "*.py")}
    for path in set(folder.rglob("*.py")) - {folder / "__init__.py"}:
        own = "*.py" if path.parent == folder else path.parent.name
        names = [name.split(".") for name in list_modules(path.read_text(encoding="utf-8"))]
        siblings = {name[2] for name in names if name[:2] == ["fcsrlib", "inference"]}
        found[own] |= {name if name in parts else "*.py" for name in siblings} - {own}
    return found


def test_the_parts_of_inference_import_what_the_page_says_and_only_from_above():
    rows = re.findall(r"^\| `inference/(\S+?)/?` \| .* \| (.*) \|$", PAGE, re.M)
    said = {part: set(re.findall(r"`(\S+)`", imported)) for part, imported in rows}
    assert said == list_inference_imports()
    order = [part for part, _ in rows]
    for part, imported in said.items():
        assert all(order.index(one) < order.index(part) for one in imported), part


@pytest.mark.parametrize("folder", ["data", "degradation", "losses", "models", "engine", "metrics"])
def test_the_figure_shows_every_package_of_the_flow(folder):
    assert f">{folder}/" in FIGURE


def test_every_file_of_the_figure_exists_and_stands_in_the_table():
    files = re.findall(r"(?<=>)((?:\w+/)+\w+\.py)", FIGURE)
    assert len(files) > 20
    for file in files:
        assert (LIBRARY / file).is_file() or (ROOT / file).is_file(), file
        folder = file.rpartition("/")[0]
        assert file in PAGE or f"{folder}/" in PAGE, file
