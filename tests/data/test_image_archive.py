import pickle
import zipfile

import numpy as np
import pytest
from torch.utils.data import DataLoader

from fcsrlib.data import CelebA, FaceDataset
from fcsrlib.data.image_archive import FolderImages, ZipImages
from fcsrlib.errors import DataError, UndecodableImageError


@pytest.fixture
def zipped(celeba):
    """CelebA's layout with the images in a zip, alternately stored and deflated."""
    folder = celeba.root / "img_align_celeba"
    with zipfile.ZipFile(celeba.root / "img_align_celeba.zip", "w") as archive:
        archive.writestr("img_align_celeba/", b"")
        for number, path in enumerate(sorted(folder.iterdir())):
            method = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[number % 2]
            archive.write(path, f"img_align_celeba/{path.name}", method)
    folder.rename(celeba.root.parent / "unpacked")
    return celeba


def archive_of(celeba):
    return celeba.root / "img_align_celeba.zip"


def test_a_zip_gives_the_images_of_the_folder(zipped):
    store = ZipImages(archive_of(zipped))
    folder = FolderImages(zipped.root.parent / "unpacked")
    assert store.names == folder.names == set(zipped.names)
    for name in reversed(zipped.names):
        assert np.array_equal(store.read(name), folder.read(name))
        with zipfile.ZipFile(store.place) as archive:
            assert store.read_bytes(name) == archive.read(f"img_align_celeba/{name}")


def test_celeba_reads_straight_from_its_zip(zipped):
    packed = [zipped.open().read(index)["hr_target"] for index in range(3)]
    (zipped.root.parent / "unpacked").rename(zipped.root / "img_align_celeba")
    archive_of(zipped).unlink()
    for index, face in enumerate(packed):
        assert np.array_equal(face, zipped.open().read(index)["hr_target"])


def test_the_releases_own_folders_are_understood(zipped):
    for name, folder in (("img_align_celeba.zip", "Img"), ("list_eval_partition.txt", "Eval")):
        (zipped.root / folder).mkdir()
        (zipped.root / name).rename(zipped.root / folder / name)
    (zipped.root / "Anno").mkdir()
    people = [f"{name} {int(name[:6])}" for name in zipped.names]
    zipped.write("Anno/identity_CelebA.txt", people)
    sample = CelebA(zipped.root, "val").read(0)
    assert (sample["name"], sample["identity"]) == ("000004.jpg", 4)


def test_forked_workers_read_one_zip_at_once(zipped):
    dataset = FaceDataset(zipped.open("train"))
    keys = [0, 1, 2] * 8
    loader = DataLoader(
        dataset,
        batch_size=None,
        sampler=keys,
        num_workers=2,
        multiprocessing_context="fork",
    )
    expected = [dataset[key]["hr_target"] for key in range(3)]
    for key, sample in zip(keys, loader, strict=True):
        assert np.array_equal(sample["hr_target"], expected[key])


def test_an_open_zip_can_be_pickled(zipped):
    store = pickle.loads(pickle.dumps(ZipImages(archive_of(zipped))))
    assert store.read("000001.jpg").shape == (218, 178, 3)


def test_damage_is_noticed_image_by_image(zipped):
    path = archive_of(zipped)
    store = ZipImages(path)
    data = bytearray(path.read_bytes())
    for name in ("000001.jpg", "000002.jpg"):
        data[store._entries[name][0] + 200] ^= 0xFF
    data[store._entries["000003.jpg"][0]] ^= 0xFF
    path.write_bytes(bytes(data))
    for name in ("000001.jpg", "000002.jpg", "000003.jpg"):
        with pytest.raises(UndecodableImageError, match=f"{name} is damaged"):
            store.read(name)
    assert store.read("000004.jpg").shape == (218, 178, 3)
    with pytest.raises(UndecodableImageError, match="has no x.jpg"):
        store.read("x.jpg")
    path.write_bytes(bytes(data[:100]))
    with pytest.raises(UndecodableImageError, match="000007.jpg is damaged"):
        store.read("000007.jpg")


def test_what_is_no_zip_of_images_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match="a.zip cannot be read as a zip"):
        ZipImages(path)
    zipfile.ZipFile(path, "w").close()
    with pytest.raises(DataError, match="a.zip is empty"):
        ZipImages(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.jpg", b"1")
        archive.writestr("b/1.jpg", b"2")
    with pytest.raises(DataError, match="holds files of the same name"):
        ZipImages(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a/1.jpg", b"1" * 99)
    with pytest.raises(DataError, match="1.jpg is encrypted or packed in a way"):
        ZipImages(path)


def test_an_incomplete_zip_is_named(zipped):
    zipped.write("list_eval_partition.txt", ["000001.jpg 0", "000009.jpg 0"])
    with pytest.raises(DataError, match=r"not in .*celeba.zip: 000009.jpg. Load or unpack"):
        zipped.open()
