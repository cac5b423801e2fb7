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


def list_imports(source):
    """Return every ``fcsrlib.<layer>`` that ``source`` imports, wherever the statement stands."""
    modules = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "fcsrlib":
            modules += [f"fcsrlib.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import; the library writes absolute ones"
            modules.append(node.module)
    return {module.split(".")[1] for module in modules if module.startswith("fcsrlib.")}


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
