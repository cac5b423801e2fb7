import numpy as np
import pytest

from fcsrlib.data.landmark_files import find_landmarks, read_pts
from fcsrlib.data.landmarks import MIRROR_68, MIRROR_81, pad_landmarks
from fcsrlib.errors import ConfigError, DataError


def write_pts(path, points):
    rows = "\n".join(f"{x + 1:.3f} {y + 1:.3f}" for x, y in points)
    path.write_text(f"version: 1\nn_points:  {len(points)}\n{{\n{rows}\n}}\n")


def test_68_points_are_the_first_of_81():
    assert MIRROR_81[:68] == MIRROR_68
    points = np.arange(136, dtype=np.float32).reshape(1, 68, 2)
    padded = pad_landmarks(points, 81)
    assert padded.shape == (1, 81, 2) and padded.dtype == np.float32
    assert np.array_equal(padded[:, :68], points) and np.isnan(padded[:, 68:]).all()
    assert pad_landmarks(points, 68) is points
    with pytest.raises(ConfigError, match="68 landmarks a face; expected 70"):
        pad_landmarks(points, 70)


def test_pts_files_count_pixels_from_one(tmp_path, rng):
    points = rng.uniform(0, 300, (68, 2))
    write_pts(tmp_path / "a.pts", points)
    read = read_pts(tmp_path / "a.pts", 81)
    np.testing.assert_allclose(read[:68], points, atol=1e-3)
    assert np.isnan(read[68:]).all()


@pytest.mark.parametrize(
    "text,message",
    [
        ("version: 1", "a.pts is malformed"),
        ("{\n1 2\n3 x\n}", "a.pts is malformed"),
        ("{\n1 2 3\n}", "a.pts holds rows of shape"),
        ("{\n1 2\n}", "a.pts has 1 points a face; expected 68 or 81. Mend the file"),
    ],
)
def test_malformed_pts_files_are_named(tmp_path, text, message):
    (tmp_path / "a.pts").write_text(text)
    with pytest.raises(DataError, match=message):
        read_pts(tmp_path / "a.pts", 81)


def test_an_absent_pts_file_is_named(tmp_path):
    with pytest.raises(DataError, match="a.pts cannot be read: No such file"):
        read_pts(tmp_path / "a.pts", 68)


def test_points_are_looked_up_by_name(tmp_path, rng):
    points = rng.uniform(0, 300, (3, 68, 2)).astype(np.float32)
    assert find_landmarks(tmp_path, ["b"], 81) is None
    np.savez(tmp_path / "points_68.npz", names=np.array(["a", "b", "c"]), points=points)
    assert np.array_equal(find_landmarks(tmp_path, ["c", "a"], 68), points[[2, 0]])
    np.savez(tmp_path / "landmarks_81.npz", names=np.array(["a"]), points=np.ones((1, 81, 2)))
    with pytest.raises(DataError, match="has landmarks_81.npz, points_68.npz; expected at most"):
        find_landmarks(tmp_path, ["a"], 81)
