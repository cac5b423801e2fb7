"""docs/hooks.md names every hook and registered class, with the arguments that the code has."""

import inspect
import re
from pathlib import Path

import pytest
from mmengine.hooks import Hook

from fcsrlib import data, degradation, engine, metrics, models, registry
from fcsrlib.plugin import hookspecs

PAGE = Path(__file__).parents[2].joinpath("docs", "hooks.md").read_text(encoding="utf-8")
PACKAGES = (data, degradation, engine, metrics, models)  # importing them fills the registries
OWN_HOOKS = [
    hook for hook in registry.HOOKS.module_dict.values() if hook.__module__.startswith("fcsrlib.")
]


def describe(hook):
    """Return the cells of the hook's row that follow from the code."""
    parameters = inspect.signature(hook).parameters.values()
    arguments = ", ".join(f"{one.name}={one.default!r}" for one in parameters)
    moments = [
        name for name in vars(hook) if callable(getattr(Hook, name, None)) and name[0] != "_"
    ]
    return [
        f"`{hook.__name__}({arguments})`",
        ", ".join(f"`{moment}`" for moment in moments),
        f"`{hook.priority}`",
    ]


def test_every_plugin_hook_is_named_with_its_arguments_and_slot():
    rows = re.findall(r"^\| `(register_\w+)\((.*?)\)` \| `(\w+)` \|$", PAGE, re.M)
    expected = [
        (hook, ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters), slot)
        for slot, hook in hookspecs.HOOK_OF_SLOT.items()
    ]
    assert rows == expected


def test_the_page_says_what_register_takes():
    register = inspect.signature(registry.SLOTS["LOSSES"].add).parameters
    assert list(register)[:2] == ["part", "name"] and "`register(part, name=None)`" in PAGE


@pytest.mark.parametrize("hook", OWN_HOOKS, ids=lambda hook: hook.__name__)
def test_every_mmengine_hook_has_a_row_with_its_arguments_moments_and_priority(hook):
    rows = [[c.strip() for c in row.strip("|").split("|")] for row in PAGE.splitlines()]
    found = [row[:3] for row in rows if row[0].startswith(f"`{hook.__name__}(")]
    assert found == [describe(hook)]


def test_the_page_names_no_hook_that_is_gone():
    named = set(re.findall(r"^\| `(\w+Hook)\(", PAGE, re.M))
    assert named == {hook.__name__ for hook in OWN_HOOKS}


@pytest.mark.parametrize(
    "children",
    [value for value in vars(registry).values() if isinstance(value, registry.Registry)],
    ids=lambda children: children.name,
)
def test_every_registered_class_is_named(children):
    if children.name in {slot.name for slot in registry.SLOTS.values()}:
        return  # parts are listed by `fcsr list`
    for name, part in children.module_dict.items():
        if part.__module__.startswith("fcsrlib."):
            assert re.search(rf"`{name}[`(]", PAGE), name
