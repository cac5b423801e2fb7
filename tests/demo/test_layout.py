"""What the page shows, without a browser."""

import json

import pytest

from fcsrlib.demo.answers import Answers
from fcsrlib.demo.models import Models

pytest.importorskip("gradio", reason="gradio is not installed")


@pytest.fixture
def page():
    from fcsrlib.demo import page

    return page


def read_texts(blocks):
    return json.dumps([one["props"] for one in blocks.get_config_file()["components"]], default=str)


def test_without_a_model_the_page_opens_and_says_what_to_do(page, use_table, load):
    use_table()
    told = read_texts(page.build_page(Answers(Models(load))))
    assert "No model is released yet." in told and "fcsr demo --model FILE" in told


def test_with_models_it_offers_them(page, models):
    told = read_texts(page.build_page(Answers(models)))
    assert "No model is released yet." not in told
    assert all(name in told for name in ("swift_x4 (x4)", "swift_x8 (x8)", "by the scale"))
