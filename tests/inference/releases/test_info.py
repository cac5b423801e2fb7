"""What a release file says about itself."""

import dataclasses
import json
import re

import pytest

import fcsrlib
from fcsrlib.inference.releases.info import ReleaseInfo, check_info, is_plain_name

GENERATOR = {
    "order": "fc_first",
    "fc": {"type": "ToyFC"},
    "sr": {"type": "ToySR"},
    "scale": 4,
    "hr_side": 32,
}
INFO = ReleaseInfo("toy", "generator", GENERATOR, {"data": ["drawn faces"]})


def test_what_is_written_is_what_is_read():
    assert ReleaseInfo.from_json(INFO.to_json()) == INFO
    assert INFO.library_version == fcsrlib.__version__


def test_one_content_has_one_text_whatever_the_order_of_its_keys():
    other = dataclasses.replace(INFO, config=dict(reversed(GENERATOR.items())))
    assert other.to_json() == INFO.to_json()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(name="../toy"), "its name is '../toy', expected letters"),
        (dict(kind="pickle"), "its kind is 'pickle', expected one of"),
        (dict(config=None), "its config is NoneType, expected a dict"),
        (dict(card=["a"]), "its card is list, expected a dict"),
        (dict(card={"numbers": float("nan")}), "not JSON compliant"),
        (dict(card={"numbers": {1, 2}}), "it holds more than plain values"),
        (dict(library_version=1), "its library_version is 1, expected a string"),
        (dict(config={**GENERATOR, "sr": {}}), "config of sr is {}, expected a dict with a type"),
        (dict(config={**GENERATOR, "scale": "4"}), "its scale is '4', expected a positive int"),
        (dict(config={**GENERATOR, "hr_side": True}), "its hr_side is True, expected a positive"),
        (dict(config={"fc": {}}), re.escape("its config has ['fc'], expected ['fc', 'hr_side'")),
        (dict(kind="face_prior", config={}), "config of face_prior is {}, expected a dict with"),
    ],
)
def test_what_is_malformed_is_not_written(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(INFO, **change).to_json()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            dict(format_version=2),
            "its format is 2 and this library .* reads 1; install the fcsrlib",
        ),
        (dict(more=1), "its metadata has .*'more'.*, expected"),
        (dict(kind=["generator"]), "its kind is"),
    ],
)
def test_what_is_malformed_is_not_read(change, message):
    with pytest.raises(ValueError, match=message):
        ReleaseInfo.from_json(json.dumps({**json.loads(INFO.to_json()), **change}))


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", "[" * 100_000])
def test_what_is_no_metadata_at_all_is_a_value_error(text):
    with pytest.raises(ValueError):
        ReleaseInfo.from_json(text)


def test_a_name_can_lead_nowhere():
    for name in ("", ".", "..", ".hidden", "a/b", "a\\b", "a b", "a\n", "é", "x" * 101, None, 3):
        assert not is_plain_name(name)
    assert is_plain_name("swift_psnr-x8.2.safetensors")


def test_a_sound_description_passes():
    check_info(INFO)
