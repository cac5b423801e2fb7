"""Files, folders and globs in, one tree out."""

from pathlib import Path

import pytest

from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.folder.jobs import make_folder, plan_jobs


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Return a folder of five images in two folders, and something else."""
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.png", "in/b.JPG", "in/deep/c.tif", "in/deep/d.webp", "in/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def list_targets(*inputs, out="out"):
    return [job.target.as_posix() for job in plan_jobs(inputs, out)]


def test_a_folder_keeps_its_tree_and_writable_suffixes(tree):
    assert list_targets("in") == ["out/a.png", "out/b.JPG", "out/deep/c.tif.png", "out/deep/d.webp"]


def test_a_folder_gives_every_kind_of_image_that_is_read(tree):
    for name in ("e.gif", "f.PPM", "g.pgm"):
        (tree / "in/deep" / name).touch()
    targets = ["out/c.tif.png", "out/d.webp", "out/e.gif.png", "out/f.PPM.png", "out/g.pgm.png"]
    assert list_targets("in/deep") == targets


def test_an_image_that_is_named_twice_is_one_job(tree):
    assert list_targets("in/a.png", "in/*.png", "in/deep/../a.png") == ["out/a.png"]
    assert list_targets("in/a.png", "in/*.png", out="result.png") == ["result.png"]


def test_a_result_of_a_kind_that_is_not_written_is_refused(tree):
    with pytest.raises(ConfigError, match=r"result.gif cannot be written; expected a folder, or"):
        plan_jobs(["in/a.png"], "result.gif")
    (tree / "result.tif").mkdir()
    assert list_targets("in/a.png", out="result.tif") == ["result.tif/a.png"]


def test_a_glob_and_a_file_keep_their_names(tree):
    assert list_targets("in/**/*.tif", "in/a.png") == ["out/c.tif.png", "out/a.png"]


def test_one_image_may_name_the_file_of_its_result(tree):
    (job,) = plan_jobs(["in/deep/c.tif"], "result.jpg")
    assert job.target == Path("result.jpg")
    assert job.comparison == Path("result.jpg.compare.png")
    with pytest.raises(ConfigError, match="is one file for 4 images; expected a folder"):
        plan_jobs(["in"], "result.jpg")


def test_results_inside_the_input_folder_are_not_read_again(tree):
    (tree / "in/out").mkdir()
    (tree / "in/out/a.png").touch()
    assert len(list_targets("in", out="in/out")) == 4
    (tree / "new/out").mkdir(parents=True)
    (tree / "new/out/a.png").touch()
    with pytest.raises(DataError, match="all images lie below the output new/out"):
        plan_jobs(["new"], "new/out")


def test_two_images_with_one_result_are_refused(tree):
    with pytest.raises(ConfigError, match="in/deep/d.webp and other/d.webp would both become"):
        (tree / "other").mkdir()
        (tree / "other/d.webp").touch()
        plan_jobs(["in/deep", "other"], "out")


def test_a_result_that_would_replace_its_image_is_refused(tree):
    with pytest.raises(ConfigError, match="would replace its own image"):
        plan_jobs(["in/a.png"], "in")


def test_an_empty_output_is_refused(tree):
    with pytest.raises(ConfigError, match="the output is empty"):
        plan_jobs(["in"], "")


@pytest.mark.parametrize("folder", ["in/a.png", "/proc/nowhere"])
def test_a_folder_that_cannot_be_made_is_named(tree, folder):
    with pytest.raises(ConfigError, match=f"nothing can be written to {folder}: "):
        make_folder(Path(folder))


@pytest.mark.parametrize(
    "given, message",
    [("no.png", "there is no file or folder"), ("in/*.gif", "nothing matches"), ("", "is empty")],
)
def test_what_is_not_there_is_refused(tree, given, message):
    with pytest.raises(DataError, match=message):
        plan_jobs(["in", given], "out")
