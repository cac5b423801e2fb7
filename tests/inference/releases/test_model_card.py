"""Model cards."""

import pytest

from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.model_card import _lay_out, format_model_card
from fcsrlib.inference.releases.table import ReleasedModel

CONFIG = {
    "order": "fc_first",
    "fc": {"type": "SwiftFC"},
    "sr": {"type": "SwiftSR"},
    "scale": 8,
    "hr_side": 128,
}
CARD = {
    "data": ["faces | of one kind", "of another"],
    "terms": "research only",
    "numbers": {"test": {"psnr": 24.1, "mssim": 0.7}, "bicubic": {"psnr": 20.5}},
    "limits": {"views": "frontal"},
}
ROW = ReleasedModel("swift", "swift.safetensors", "generator", 8, "ab" * 32, 11_669_638, None)


def test_the_card_states_what_the_file_is():
    text = format_model_card(ReleaseInfo("swift", "generator", CONFIG, CARD), ROW, 5_800_000)
    assert text.startswith("# swift\n")
    for line in (
        "| networks | `SwiftFC` → `SwiftSR` |",
        "| enlarges | x8, 16 px to 128 px |",
        "| parameters | 5,800,000 |",
        "| file | `swift.safetensors`, 11,669,638 bytes |",
        f"| SHA-256 | `{'ab' * 32}` |",
        'restorer = fcsrlib.Restorer.from_pretrained("swift")',
        "## Terms of the data\n\nresearch only",
        "- faces \\| of one kind\n- of another",
        "|  | psnr | mssim |\n| --- | ---: | ---: |\n| test | 24.1 | 0.7 |\n| bicubic | 20.5 | - |",
        "| views | frontal |",
        "## Training\n\nNot stated.",
    ):
        assert line in text, line


def test_the_other_order_is_shown_as_it_runs():
    info = ReleaseInfo("swift", "generator", {**CONFIG, "order": "sr_first"})
    assert "| networks | `SwiftSR` → `SwiftFC` |" in format_model_card(info, ROW, 1)


def test_a_face_prior_has_one_network():
    info = ReleaseInfo("prior", "face_prior", {"type": "CompactPrior"})
    assert "| network | `CompactPrior` |" in format_model_card(info, ROW, 1)


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_nobody_stated_is_said_to_be_so(value):
    assert _lay_out(value) == "Not stated."


def test_a_zero_is_a_statement():
    assert _lay_out(0) == "0"


def test_a_value_of_several_lines_stays_in_its_cell():
    assert "| a | one two; three |" in _lay_out({"a": ["one\ntwo", "three"]})
