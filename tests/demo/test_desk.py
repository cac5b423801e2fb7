"""What happens at each button, without a browser."""

import numpy as np
import pytest
from PIL import Image

from fcsrlib.demo.answers import Answers

gradio = pytest.importorskip("gradio", reason="gradio is not installed")


@pytest.fixture
def desk():
    from fcsrlib.demo import desk

    return desk


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "a<b>.png"
    Image.new("RGB", (40, 40), (80, 90, 100)).save(path)
    return str(path)


def test_a_photo_takes_the_place_of_where_it_was_dropped(desk, models, photo):
    path, drop, paint, *_, restore = desk.Desk(Answers(models)).open({"path": photo})
    assert path == photo and not drop["visible"] and paint["visible"]
    assert paint["value"]["background"].shape == (520, 520, 3)
    assert restore["interactive"]


def test_a_damaged_photo_leaves_the_page_waiting_for_another(desk, models, tmp_path):
    (tmp_path / "a.png").write_text("text")
    with pytest.warns(UserWarning, match=r"^a\.png is no image"):
        path, drop, paint, *_ = desk.Desk(Answers(models)).open({"path": str(tmp_path / "a.png")})
    assert path is None and drop["visible"] and not paint["visible"]


def test_a_result_is_shown_told_and_saved_whole(desk, models, photo):
    layer = np.zeros((520, 520, 4), np.uint8)
    layer[130:260, 130:260] = 255
    at = desk.Desk(Answers(models))
    painted = {"layers": [layer]}
    (before, after), notes, download = at.restore(
        photo, painted, "auto", None, 0, 1, True, lambda *_: None
    )
    assert before.shape == after.shape == (128, 128, 3)
    assert notes.startswith("- restored as an aligned face, x4 in ")
    assert download["value"].endswith("a<b>.restored.png")
    assert np.array_equal(np.asarray(Image.open(download["value"])), after)


def test_only_the_last_results_stay_on_the_disk(desk, models):
    at = desk.Desk(Answers(models))
    files = [at.save(np.zeros((4, 4, 3), np.uint8), "a") for _ in range(7)]
    assert [file.exists() for file in files] == [False] * 3 + [True] * 4


def test_what_goes_wrong_is_said_without_markup_and_takes_the_old_result_away(desk, models, photo):
    at = desk.Desk(Answers(models))
    with pytest.warns(UserWarning, match="no longer here"):
        shown, notes, download = at.restore(
            "gone.png", None, "auto", None, 0, 1, True, lambda *_: None
        )
    assert shown is None and notes == "" and not download["visible"]
    Image.new("RGB", (5, 5)).save(photo)
    with pytest.warns(UserWarning, match="^a&lt;b&gt;.png is 5x5"):
        at.open({"path": photo})


def test_a_hole_that_cannot_be_found_leaves_the_canvas_alone(desk, models, photo):
    at = desk.Desk(Answers(models, find_hidden=lambda square: square[:, :, 0] * 0))
    with pytest.raises(gradio.Error, match="nothing was found that hides a face"):
        at.find(photo, "auto", None, 0, 1, True)


def test_what_was_found_is_painted_over_the_photo(desk, models, photo):
    at = desk.Desk(Answers(models, find_hidden=lambda square: square[:, :, 0]))
    layer = at.find(photo, "auto", None, 0, 1, True)
    assert layer.shape == (520, 520, 4) and (layer[:, :, 3] == 255).all()
    assert at.draw(photo, layer)["layers"] == [layer]
    assert at.draw(photo)["layers"] == []


def test_the_page_is_told_the_canvas_size_which_it_places_layers_by(desk, models, tmp_path):
    photo = tmp_path / "wide.png"
    Image.new("RGB", (300, 100)).save(photo)
    at = desk.Desk(Answers(models))
    opened = at.open({"path": str(photo)})[2]
    assert opened["canvas_size"] == (600, 200)
    assert opened["value"]["background"].shape == (200, 600, 3)


def test_an_unexpected_error_is_named_and_logged_not_shown(desk, models, photo, caplog):
    def fail(square):
        raise ZeroDivisionError("secret")

    with pytest.raises(gradio.Error, match="unexpected ZeroDivisionError; the terminal") as caught:
        desk.Desk(Answers(models, find_hidden=fail)).find(photo, "auto", None, 0, 1, True)
    assert "secret" not in str(caught.value) and "secret" in caplog.text
