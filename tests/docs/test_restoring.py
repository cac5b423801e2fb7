"""docs/restoring.md: every flag and argument is the code's."""

import argparse
import inspect
import re
from pathlib import Path

from fcsrlib.cli import restore
from fcsrlib.inference.back_projection import MAX_ROUNDS
from fcsrlib.inference.folder.mask_choice import TOLERANCE
from fcsrlib.inference.folder.options import MAX_BATCH_SIZE, MAX_CROP_PX
from fcsrlib.inference.image_io import _READABLE, MAX_PIXELS
from fcsrlib.inference.lr_input import MIN_SIDE_PX
from fcsrlib.inference.photo.face_finder import _MAX_PIXELS, DETECTORS
from fcsrlib.inference.photo.paste import BORDER_PX
from fcsrlib.inference.photo.plan import ENLARGEMENTS
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.precision import DTYPES
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.restorer_choice import MAX_SIDE_AT_X8_PX, RELEASE_OF_SCALE

PAGE = Path(__file__).parents[2].joinpath("docs", "restoring.md").read_text(encoding="utf-8")


def test_every_flag_is_named():
    commands = argparse.ArgumentParser().add_subparsers()
    restore.add_parser(commands)
    parser = commands.choices["restore"]
    found = [name for one in parser._actions for name in one.option_strings or [one.dest]]
    table = PAGE.split("| flag | meaning |")[1].split("\n\n")[0]
    cells = re.findall(r"^\| (.*?) \|", table, re.M)[1:]
    named = [name for cell in cells for name in re.findall(r"`(.*?)`", cell)]
    assert named == [name for name in found if name not in ("-h", "--help")]


def test_every_argument_is_named():
    table = PAGE.split("| argument | meaning |")[1].split("\n\n")[0]
    given = list(inspect.signature(Restorer.__call__).parameters)[1:]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == given


def test_every_argument_of_a_photograph_is_named():
    table = PAGE.split("| argument | of a photograph |")[1].split("\n\n")[0]
    given = list(inspect.signature(PhotoRestorer.__call__).parameters)[1:]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == given


def test_the_choices_of_photographs_are_the_codes():
    commands = argparse.ArgumentParser().add_subparsers()
    restore.add_parser(commands)
    choices = {one.dest: one.choices for one in commands.choices["restore"]._actions}
    assert tuple(choices["enlarge"]) == ENLARGEMENTS
    assert tuple(choices["detector"]) == DETECTORS
    assert f"those of up to {MAX_CROP_PX} px are crops" in PAGE
    assert f"fades in over {BORDER_PX} of its 128 pixels" in PAGE
    assert f"up to {MAX_PIXELS // 10**6} megapixels" in PAGE
    assert _MAX_PIXELS == {"hog": 24e6, "cnn": 1e6}
    assert "`hog` searches at most 24 megapixels and `cnn` one" in PAGE


def test_the_numbers_and_choices_are_the_codes():
    assert f"default {TOLERANCE})" in PAGE
    assert f"up to {MAX_BATCH_SIZE}; default 16" in PAGE
    assert f"8 for images up to {MAX_SIDE_AT_X8_PX} px, else 4" in PAGE
    assert f"less than {MIN_SIDE_PX} px, more than {MAX_PIXELS // 10**6} megapixels" in PAGE
    assert f"{MAX_ROUNDS} rounds reach it" in PAGE
    for name in (*DTYPES, *RELEASE_OF_SCALE.values()):
        assert f"`{name}`" in PAGE
    assert all(one.lower() in PAGE.lower() for one in _READABLE)
