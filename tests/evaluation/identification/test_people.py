import numpy as np
import pytest

from fcsrlib.data import FaceFolder, SyntheticFaces
from fcsrlib.errors import DataError
from fcsrlib.evaluation.identification.people import (
    check_pairs,
    count_people,
    draw_gallery,
    read_people,
)

PEOPLE = np.array([7, 3, 7, 9, 3, 7, 3])
SEEDS = [(seed, draw) for seed in range(3) for draw in range(3)]


def test_the_gallery_has_one_image_of_each_person_and_the_rest_are_probes():
    draw = draw_gallery(PEOPLE, seed=0, draw=0)
    assert sorted(PEOPLE[draw.gallery]) == [3, 7, 9]
    assert sorted([*draw.gallery, *draw.probes]) == list(range(7))


def test_a_person_with_one_image_is_a_distractor_and_never_a_probe():
    draws = [draw_gallery(PEOPLE, seed=0, draw=number) for number in range(20)]
    assert all(3 in draw.gallery and 3 not in draw.probes for draw in draws)


def test_every_image_of_a_person_is_drawn_now_and_then():
    drawn = {index for number in range(50) for index in draw_gallery(PEOPLE, 0, number).gallery}
    assert drawn == set(range(7))


def test_a_draw_follows_from_its_seed_and_number():
    one, again = (draw_gallery(PEOPLE, seed=4, draw=2) for _ in range(2))
    assert np.array_equal(one.gallery, again.gallery)
    galleries = {tuple(draw_gallery(PEOPLE, seed, draw).gallery) for seed, draw in SEEDS}
    assert len(galleries) > 1


def test_counts_of_a_small_split():
    assert count_people(PEOPLE) == dict(
        people=3,
        images=7,
        gallery=3,
        probes=4,
        probed_people=2,
        distractors=1,
        most_images_of_a_person=3,
    )


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ([5, 5, 5], r"3 test faces are of 1 person\(s\); expected at least 2 people"),
        ([1, 2, 3], "each of the 3 test people has one image.*nobody can be probed"),
    ],
)
def test_a_split_without_pairs_is_refused(people, message):
    with pytest.raises(DataError, match=message):
        check_pairs(np.array(people))


def test_a_source_that_knows_people_gives_them():
    source = SyntheticFaces(num_faces=5, num_identities=2, side=32, split="test")
    people = read_people(source)
    assert people.tolist() == [source.read(index)["identity"] for index in range(5)]
    assert len(set(people)) == 2


def test_sources_that_know_nobody_are_refused(celeba_folder):
    from fcsrlib.data import CelebA

    with pytest.raises(DataError, match=r"identity_CelebA.txt is missing; it says who"):
        read_people(CelebA(celeba_folder, "test"))
    folder = FaceFolder(celeba_folder / "img_align_celeba", "test", shares=(0, 0, 1))
    with pytest.raises(DataError, match="FaceFolder has no identities"):
        read_people(folder)
    (celeba_folder / "identity_CelebA.txt").write_text("000001.jpg 8\n000002.jpg -1\n")
    with pytest.raises(DataError, match="1 of 2 faces have no identity"):
        read_people(CelebA(celeba_folder, "test"))
