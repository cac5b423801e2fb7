"""Links of all pages lead somewhere, and names linked to a Python file are defined in it."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def name_page(page):
    return page.relative_to(ROOT).as_posix()


def strip_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.S)


def list_anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", strip_code(page.read_text(encoding="utf-8")), re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


@lru_cache
def list_definitions(path):
    """Return the names of a module's functions, classes, methods and assignments."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def list_links(page):
    return [
        (text, target)
        for text, target in LINK.findall(strip_code(page.read_text(encoding="utf-8")))
        if "://" not in target
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_links_lead_somewhere(page):
    for _, target in list_links(page):
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), target
        if anchor:
            assert anchor in list_anchors(path), target


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_a_name_linked_to_a_python_file_is_defined_there(page):
    for text, target in list_links(page):
        name = re.fullmatch(r"`(\w+)`", text)
        if name and target.endswith(".py"):
            assert name[1] in list_definitions((page.parent / target).resolve()), text


def test_every_page_can_be_reached_from_the_index():
    waiting, seen = [ROOT / "docs" / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page not in seen:
            seen.add(page)
            targets = [target.partition("#")[0] for _, target in list_links(page)]
            waiting += [(page.parent / one).resolve() for one in targets if one.endswith(".md")]
    assert {page for page in PAGES if "docs" in page.parts} <= seen
