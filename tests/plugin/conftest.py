"""Real plugins for the tests: installed distributions in a folder of the import path."""

import itertools
import textwrap

import pytest

from fcsrlib.plugin import loader

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def fresh_plugins():
    """Forget all plugins before and after, so that every test loads its own set."""
    loader._forget_everything()
    yield
    loader._forget_everything()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return an empty folder that is searched for modules and distributions."""
    monkeypatch.delenv("FCSRLIB_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def install(site):
    """Return a function that installs a module as plugin ``name``, as pip would."""

    def install(name, source, target="{module}"):
        module = f"plugin_of_a_test_{next(_numbers)}"
        (site / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        info = site / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[fcsrlib]\n{name} = {target.format(module=module)}\n", encoding="utf-8"
        )
        return module

    return install
