import cv2
import numpy as np
import pytest

from fcsrlib.data import CelebA
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError


def test_each_split_holds_its_own_names_in_file_order(celeba):
    assert celeba.open("train").names == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert celeba.open("val").names == ["000004.jpg", "000005.jpg"]
    assert celeba.open("test").names == ["000006.jpg", "000007.jpg"]
    assert len(celeba.open("train", max_images=2)) == 2


def test_what_is_not_there_is_marked_unknown(celeba):
    sample = celeba.open().read(0)
    assert sample["name"] == "000001.jpg"
    assert sample["hr_target"].shape == (144, 144, 3) and sample["hr_target"].dtype == np.uint8
    assert sample["landmarks"].shape == (81, 2) and np.isnan(sample["landmarks"]).all()
    assert (sample["parsing"] == 255).all()
    assert sample["identity"] == -1


def test_rows_20_to_197_are_read_as_rgb(celeba):
    image = np.zeros((218, 178, 3), np.uint8)
    image[20:198] = (200, 100, 50)
    celeba.write_image("000001.jpg", image)
    face = celeba.open().read(0)["hr_target"].astype(int)
    # The JPEG's blocks blur the border of the band, so only the interior is exact.
    assert np.abs(face[4:-6] - (200, 100, 50)).max() <= 2
    assert face[0].mean() > 80 and face[-1].mean() > 80


def test_shrinking_averages_over_area_like_pillow_box(celeba):
    from PIL import Image

    image = celeba.make_image()
    celeba.write_image("000001.jpg", image)
    stored = Image.open(celeba.image_path("000001.jpg")).crop((0, 20, 178, 198))
    expected = np.asarray(stored.resize((144, 144), Image.Resampling.BOX)).astype(int)
    # JPEG decoders differ by a few levels.
    difference = np.abs(celeba.open().read(0)["hr_target"].astype(int) - expected)
    assert difference.mean() < 1.5


@pytest.mark.parametrize("x,y", [(60.0, 90.0), (120.0, 150.0), (33.5, 47.5)])
def test_a_dot_is_found_where_its_landmark_says(celeba, x, y):
    rows, columns = np.mgrid[:218, :178]
    blob = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 3.0**2))
    celeba.write_image("000001.jpg", np.repeat(blob[..., None], 3, 2).round().astype(np.uint8))
    celeba.write_points(np.tile(np.float32([x, y]), (7, 81, 1)))
    sample = celeba.open().read(0)
    weight = sample["hr_target"].mean(-1)
    weight[weight < 8] = 0
    rows, columns = np.mgrid[:144, :144]
    found = (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()
    np.testing.assert_allclose(sample["landmarks"][0], found, atol=0.05)


def test_landmarks_move_by_the_pixel_centre_rule(celeba):
    points = np.full((7, 81, 2), np.nan)
    points[0, 0] = (-0.5, 19.5)
    points[0, 1] = (177.5, 197.5)
    celeba.write_points(points)
    landmarks = celeba.open().read(0)["landmarks"]
    np.testing.assert_allclose(landmarks[:2], [(-0.5, -0.5), (143.5, 143.5)], atol=1e-4)
    assert np.isnan(landmarks[2:]).all()


def test_other_numbers_of_landmarks_are_accepted(celeba):
    celeba.write_points(np.ones((7, 68, 2)))
    assert celeba.open("test", num_landmarks=68).read(1)["landmarks"].shape == (68, 2)


def test_68_stored_landmarks_are_the_first_of_81(celeba):
    celeba.write_points(np.ones((7, 68, 2)))
    landmarks = celeba.open().read(0)["landmarks"]
    assert np.isfinite(landmarks[:68]).all() and np.isnan(landmarks[68:]).all()
    assert landmarks.shape == (81, 2)


def test_another_scheme_of_landmarks_is_refused(celeba):
    celeba.write_points(np.ones((7, 70, 2)))
    with pytest.raises(DataError, match="has 70 points a face; expected 68 or 81"):
        celeba.open("test")


def test_identities_follow_the_names_not_the_order(celeba):
    celeba.write("identity_CelebA.txt", [f"{name} {int(name[:6])}" for name in celeba.names[::-1]])
    assert celeba.open("val").read(1)["identity"] == 5


def test_the_official_five_points_are_readable(celeba):
    rows = [f"{name}  1 2 3 4 5 6 7 8 9 {int(name[:6])}" for name in celeba.names]
    header = "lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y ..."
    celeba.write("list_landmarks_align_celeba.txt", ["7", header, *rows])
    points = celeba.open("val").read_five_points()
    assert points.shape == (2, 5, 2)
    assert points[1].tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 5]]
    celeba.write("list_landmarks_align_celeba.txt", ["8", header, *rows])
    with pytest.raises(DataError, match="announces '8' lines and has 7"):
        celeba.open("val").read_five_points()


def test_label_maps_are_cut_and_shrunk_without_new_labels(celeba):
    labels = np.zeros((218, 178), np.uint8)
    labels[:, :89] = 10
    labels[:20] = 3
    celeba.write_labels("000001.jpg", labels, "parsing")
    source = celeba.open()
    parsing = source.read(0)["parsing"]
    assert parsing.shape == (144, 144)
    assert (parsing[:, :72] == 10).all() and (parsing[:, 72:] == 0).all()
    assert (source.read(1)["parsing"] == 255).all()


@pytest.mark.parametrize("home", [".", "labels"])
def test_helen11_json_merges_other_numberings(celeba, home):
    celeba.write_labels("000001.jpg", np.full((218, 178), 12, np.uint8))
    with pytest.raises(DataError, match="holds class 12; expected 0..10 or 255"):
        celeba.open().read(0)
    (celeba.root / home / "helen11.json").write_text('{"map": [0,1,6,1,4,5,2,3,1,1,8,7,9,10]}')
    assert (celeba.open().read(0)["parsing"] == 9).all()


def test_a_bad_label_merge_is_refused(celeba):
    path = celeba.write_labels("000001.jpg", np.zeros((218, 178), np.uint8)).parent / "helen11.json"
    path.write_text('{"map": [0, 11]}')
    with pytest.raises(DataError, match="expected a list of labels 0..10"):
        celeba.open()
    path.write_text("{}")
    with pytest.raises(DataError, match="expected JSON with 'map'"):
        celeba.open()


def test_label_maps_that_do_not_fit_are_refused(celeba):
    celeba.write_labels("000001.jpg", np.zeros((178, 178), np.uint8))
    with pytest.raises(DataError, match="000001.png is 178x178; expected 178x218 like its image"):
        celeba.open().read(0)
    celeba.write_labels("000001.jpg", np.zeros((218, 178, 3), np.uint8))
    with pytest.raises(DataError, match="expected an 8-bit gray image of class indices"):
        celeba.open().read(0)


def test_a_label_folder_of_other_names_is_refused(celeba):
    celeba.write_labels("other.jpg", np.zeros((218, 178), np.uint8))
    with pytest.raises(DataError, match="no label map of the 3 images, for example 000001.png"):
        celeba.open()


def test_an_absent_or_empty_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="img_align_celeba is missing"):
        CelebA(tmp_path)
    (tmp_path / "img_align_celeba").mkdir()
    with pytest.raises(DataError, match="img_align_celeba is empty"):
        CelebA(tmp_path)


def test_a_missing_partition_file_is_named(celeba):
    (celeba.root / "list_eval_partition.txt").unlink()
    with pytest.raises(DataError, match="list_eval_partition.txt is missing"):
        celeba.open()


@pytest.mark.parametrize("line", ["000002.jpg", "000002.jpg one", "000002.jpg 0 0"])
def test_a_malformed_line_is_named_by_file_and_number(celeba, line):
    celeba.write("list_eval_partition.txt", ["000001.jpg 0", line])
    with pytest.raises(DataError, match=r"list_eval_partition.txt:2: .*; expected a file name and"):
        celeba.open()


def test_wrong_and_double_entries_of_the_partition_are_refused(celeba):
    celeba.write("list_eval_partition.txt", ["000001.jpg 3"])
    with pytest.raises(DataError, match="puts 000001.jpg in split 3; expected 0, 1 or 2"):
        celeba.open()
    celeba.write("list_eval_partition.txt", ["000001.jpg 0", "000001.jpg 1"])
    with pytest.raises(DataError, match="names 1 .* twice"):
        celeba.open()
    celeba.write("list_eval_partition.txt", ["000001.jpg 0"])
    with pytest.raises(DataError, match="assigns no image to the split 'val'"):
        celeba.open("val")


def test_absent_images_are_counted_and_the_first_three_named(celeba):
    celeba.write("list_eval_partition.txt", [f"{name}.jpg 0" for name in "abcde"])
    with pytest.raises(DataError, match=r"names 5 file\(s\) .* a.jpg, b.jpg, c.jpg, \.\.\."):
        celeba.open()


def test_annotations_without_some_image_are_refused(celeba):
    celeba.write("identity_CelebA.txt", ["000001.jpg 1"])
    with pytest.raises(DataError, match="1 entries and none for 2 of 3 images: 000002.jpg"):
        celeba.open()


def test_landmark_files_that_do_not_fit_are_refused(celeba):
    path = celeba.write_points(np.ones((7, 81, 2)), [f"x{name}" for name in celeba.names])
    with pytest.raises(DataError, match="none for 3 of 3 images: 000001.jpg"):
        celeba.open()
    np.savez(path, names=np.array(celeba.names), points=np.ones((6, 81, 2), np.float32))
    with pytest.raises(DataError, match=r"points is \(6, 81, 2\) for 7 names"):
        celeba.open()
    np.savez(path, names=np.array(celeba.names, object), points=np.ones((7, 81, 2)))
    with pytest.raises(DataError, match="without pickled objects"):
        celeba.open()
    path.write_bytes(b"nonsense")
    with pytest.raises(DataError, match="cannot be read"):
        celeba.open()


def test_two_landmark_files_are_refused(celeba):
    celeba.write_points(np.ones((7, 81, 2)))
    celeba.write_points(np.ones((7, 68, 2)))
    with pytest.raises(DataError, match="at most one"):
        celeba.open()


def test_an_image_below_178_is_named_with_its_size(celeba):
    celeba.write_image("000001.jpg", celeba.make_image(200, 170))
    with pytest.raises(DataError, match="000001.jpg is 170x200; expected"):
        celeba.open().read(0)


def test_a_truncated_image_is_noticed_and_padding_is_not(celeba):
    path = celeba.image_path("000001.jpg")
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    celeba.open().read(0)
    celeba.truncate_image("000002.jpg")
    with pytest.raises(UndecodableImageError, match="000002.jpg is truncated"):
        celeba.open().read(1)


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_what_is_no_image_is_undecodable(celeba, content):
    celeba.image_path("000001.jpg").write_bytes(content)
    with pytest.raises(UndecodableImageError, match="000001.jpg"):
        celeba.open().read(0)


def test_a_truncated_png_is_undecodable(celeba):
    labels = celeba.rng.integers(0, 11, (218, 178), dtype=np.uint8)
    path = celeba.write_labels("000001.jpg", labels)
    path.write_bytes(cv2.imencode(".png", labels)[1].tobytes()[:-200])
    with pytest.raises(UndecodableImageError, match="000001.png"):
        celeba.open().read(0)


def test_bad_arguments_are_refused(celeba):
    with pytest.raises(ConfigError, match="expected one of train, val, test"):
        celeba.open("valid")
    with pytest.raises(ConfigError, match="max_images is 0"):
        celeba.open(max_images=0)


def test_the_person_of_every_face_is_known_at_once(celeba):
    with pytest.raises(DataError, match="identity_CelebA.txt is missing; it says who each face"):
        _ = celeba.open("val").identities
    celeba.write("identity_CelebA.txt", [f"{name} {int(name[:6])}" for name in celeba.names[::-1]])
    assert celeba.open("val").identities.tolist() == [4, 5]
