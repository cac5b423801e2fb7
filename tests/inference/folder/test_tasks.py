"""Photographs among many files: what is taken for one, odd files, and what is told."""

import cv2
import numpy as np
import pytest
from PIL import Image

from fcsrlib.errors import ConfigError, MissingExtraError
from fcsrlib.inference.folder.jobs import plan_jobs
from fcsrlib.inference.folder.mask_choice import ColourMask, FoundMask
from fcsrlib.inference.folder.options import MAX_CROP_PX, JobOptions
from fcsrlib.inference.folder.restore import restore_files
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.restorer_choice import RestorerChoice

GREEN = (0, 255, 0)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def photo(scene):
    scene[110:130, 85:115] = GREEN
    return scene


@pytest.fixture
def run(tmp_path, flat_restorer, known_faces, place_face):
    """Return a function that restores files; the finder knows one face at (100, 100)."""

    def restore(path, *, finder=None, masks=None, **options):
        restorers = RestorerChoice(lambda name: flat_restorer(scale=int(name[-1])))
        finder = finder or known_faces(place_face(100, 100, 90))
        told = []
        counts = restore_files(
            plan_jobs([path], tmp_path / "out"),
            restorers,
            masks or ColourMask(GREEN),
            JobOptions(**options),
            photos=PhotoRestorer(restorers, finder),
            tell=told.append,
        )
        return counts, {one.job.name.name: one.message for one in told}

    return restore


def check_photo(path, photo, mean_error=0.0):
    made = read_any(path).pixels
    hidden = (photo == GREEN).all(2)
    assert np.abs(made.astype(int) - photo)[~hidden].mean() <= mean_error
    assert made[120, 100, 0] > 200 > 100 > made[120, 100, 1]


def test_photographs_and_crops_lie_in_one_folder(folder, tmp_path, photo, run):
    Image.fromarray(photo).save(folder / "photo.png")
    Image.fromarray(photo[:200, :200]).save(folder / "crop.png")
    assert 200 <= MAX_CROP_PX < 400
    counts, told = run(folder)
    assert counts == {"restored": 2}
    check_photo(tmp_path / "out" / "photo.png", photo)
    assert told["photo.png"] == (
        "taken for a photograph by its size (--aligned for the other); 1 of 1 face restored"
    )
    assert told["crop.png"].startswith("taken for an aligned face by its size (--photo for")


def test_the_kind_can_be_said(folder, tmp_path, photo, run):
    Image.fromarray(photo).save(folder / "a.png")
    _, told = run(folder, kind="aligned")
    assert read_any(tmp_path / "out" / "a.png").pixels.shape == (300, 300, 3)
    assert told["a.png"] == "the central 300x300 of 400x300 was taken"
    Image.fromarray(photo[:200, :200]).save(folder / "a.png")
    counts, told = run(folder, kind="photo", is_forced=True)
    assert counts == {"restored": 1} and told["a.png"] == "1 of 1 face restored"
    check_photo(tmp_path / "out" / "a.png", photo[:200, :200])


def test_a_photograph_without_a_face_fails_in_one_line_and_writes_nothing(
    folder, tmp_path, photo, run, known_faces
):
    Image.fromarray(photo).save(folder / "a.png")
    counts, told = run(folder, finder=known_faces())
    assert counts == {"failed": 1} and not list((tmp_path / "out").iterdir())
    assert told["a.png"].startswith("no face was found in it; give --eyes")
    assert "--aligned" in told["a.png"]


def test_without_the_extra_photographs_fail_and_crops_do_not(folder, photo, run):
    class Absent:
        def find_all(self, image):
            raise MissingExtraError("dlib-bin", "photo", "finding faces")

    Image.fromarray(photo).save(folder / "a.png")
    Image.fromarray(photo[:200, :200]).save(folder / "b.png")
    counts, told = run(folder, finder=Absent())
    assert counts == {"failed": 1, "restored": 1}
    assert "pip install 'fcsrlib[photo]'; or give --aligned" in told["a.png"]


def test_eyes_are_for_one_photograph(folder, tmp_path, photo, run, known_faces):
    Image.fromarray(photo).save(folder / "a.png")
    eyes = ((89.0, 102.0, 111.0, 102.0),)
    counts, _ = run(folder, finder=known_faces(), eyes=eyes)
    assert counts == {"restored": 1}
    check_photo(tmp_path / "out" / "a.png", photo)
    Image.fromarray(photo).save(folder / "b.png")
    with pytest.raises(ConfigError, match="--eyes is given for 2 images"):
        run(folder, eyes=eyes)


@pytest.mark.parametrize("options", [{"enlarge": 2}, {"eyes": ((1.0, 2.0, 3.0, 4.0),)}])
def test_what_is_for_photographs_is_refused_for_crops(folder, photo, run, options):
    Image.fromarray(photo).save(folder / "a.png")
    with pytest.raises(ConfigError, match="--enlarge and --eyes are for photographs"):
        run(folder, kind="aligned", **options)
    with pytest.raises(ConfigError, match="kind is 'crop'; expected one of auto, aligned, photo"):
        run(folder, kind="crop")


def test_a_mask_that_a_network_finds_is_sought_in_each_face(folder, tmp_path, photo, run):
    Image.fromarray(photo).save(folder / "a.png")
    sides = []

    def find(face):
        sides.append(face.shape)
        return ColourMask(GREEN, 40).find(None, face)

    counts, _ = run(folder, masks=FoundMask(find))
    assert counts == {"restored": 1} and sides == [(90, 90, 3)]
    made = read_any(tmp_path / "out" / "a.png").pixels
    assert made[120, 100, 0] > 200 and np.array_equal(made[150:], photo[150:])


def test_enlarged_photographs_and_comparisons_are_written(folder, tmp_path, photo, run):
    Image.fromarray(photo).save(folder / "a.png")
    run(folder, enlarge=2, with_comparison=True)
    assert read_any(tmp_path / "out" / "a.png").pixels.shape == (600, 800, 3)
    drawn = read_any(tmp_path / "out" / "a.png.compare.png").pixels
    assert drawn.shape == (600, 1602, 3)
    is_outline = (drawn == (60, 220, 60)).all(2)
    assert is_outline[:, :800].sum() > 200 and is_outline[:, 802:].sum() > 200


def save_turned(photo, path):
    image = Image.fromarray(np.rot90(photo, 1))  # shown, it is turned back
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(path, exif=exif)


@pytest.mark.parametrize(
    "name, save, mean_error",
    [
        ("turned.png", save_turned, 0),
        ("alpha.png", lambda a, p: Image.fromarray(a).convert("RGBA").save(p), 0),
        ("deep.tif", lambda a, p: Image.fromarray(a).save(p), 0),
        ("photo.jpg", lambda a, p: Image.fromarray(a).save(p, quality=100, subsampling=0), 1.5),
        ("photo.webp", lambda a, p: Image.fromarray(a).save(p, lossless=True), 3.0),
    ],
)
def test_any_format_is_read_and_turned_upright(
    folder, tmp_path, photo, run, name, save, mean_error
):
    save(photo, folder / name)
    counts, told = run(folder, masks=ColourMask(GREEN, 60))
    assert counts == {"restored": 1}, told
    result = next((tmp_path / "out").iterdir())
    check_photo(result, photo, mean_error)
    with Image.open(result) as made:
        assert made.getexif().get(0x0112) is None


def test_gray_and_deep_photographs_become_rgb_and_stay_gray(folder, tmp_path, photo, run):
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    gray[110:130, 85:115] = 0
    Image.fromarray(gray).save(folder / "gray.png")
    Image.fromarray(gray.astype(np.uint16) * 257).save(folder / "deep.png")
    counts, told = run(folder, masks=ColourMask((0, 0, 0)))
    assert counts == {"restored": 2}, told
    for name in ("gray.png", "deep.png"):
        made = read_any(tmp_path / "out" / name).pixels
        assert np.array_equal(made[150:, :, 1], gray[150:])
        assert np.ptp(made[120, 100]) == 0 < made[120, 100, 0]


def test_an_animation_gives_its_first_frame_and_says_so(folder, tmp_path, photo, run):
    frames = [Image.fromarray(photo), Image.new("RGB", (400, 300))]
    frames[0].save(folder / "a.gif", save_all=True, append_images=frames[1:])
    counts, told = run(folder / "a.gif", kind="photo", masks=ColourMask(GREEN, 30))
    assert counts == {"restored": 1}
    assert told["a.gif"] == "the first of 2 frames; 1 of 1 face restored"
    assert read_any(tmp_path / "out" / "a.gif.png").pixels[120, 100, 0] > 200


def test_damaged_files_are_named_and_the_others_done(folder, photo, run):
    Image.fromarray(photo).save(folder / "a.png")
    Image.fromarray(photo).save(folder / "cut.jpg")
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:4000])
    (folder / "text.jpg").write_text("Dear diary")
    counts, told = run(folder)
    assert counts == {"restored": 1, "failed": 2}
    assert "is damaged" in told["cut.jpg"] and "is no image" in told["text.jpg"]
    assert not any("\n" in message for message in told.values())


def test_twenty_megapixels_keep_their_size(folder, tmp_path, run, known_faces, place_face):
    photo = np.full((3650, 5480, 3), 120, np.uint8)
    photo[1000:1200, 900:1100] = GREEN
    cv2.imwrite(str(folder / "a.jpg"), photo[:, :, ::-1])
    counts, _ = run(folder, finder=known_faces(place_face(1000, 1000, 900)))
    assert counts == {"restored": 1}
    made = read_any(tmp_path / "out" / "a.jpg").pixels
    assert made.shape == photo.shape and np.abs(made[2000:].astype(int) - 120).max() <= 2
    assert made[1100, 1000, 0] > 200 > 50 > made[1100, 1000, 1]


def test_many_photographs_are_done_by_threads_and_skipped_the_next_time(folder, photo, run):
    for index in range(12):
        Image.fromarray(photo).save(folder / f"{index}.png")
    assert run(folder, num_workers=4)[0] == {"restored": 12}
    assert run(folder, num_workers=4)[0] == {"skipped": 12}


def test_a_photograph_with_nothing_to_do_passes_without_the_network(
    folder, tmp_path, scene, run, known_faces, place_face
):
    Image.fromarray(scene).save(folder / "a.png")
    counts, told = run(folder)
    assert counts == {"restored": 1}
    assert told["a.png"].endswith("0 of 1 face restored; 1 left: nothing of it is hidden")
    assert np.array_equal(read_any(tmp_path / "out" / "a.png").pixels, scene)
