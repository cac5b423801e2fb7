import pickle
import zlib

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from fcsrlib.data import PackedFaces, recognise_layout
from fcsrlib.data.pack_file import (
    ARRAYS,
    CODECS,
    encode_crop,
    encode_labels,
    join_names,
    make_header,
    name_pack_file,
    open_pack_file,
)
from fcsrlib.data.sample import make_sample
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError


def write_pack(root, samples, codec="raw", split="train", damaged=()):
    """Write samples as the format says, without the library's packer."""
    images = [
        b"" if number in damaged else encode_crop(one["hr_target"], codec)
        for number, one in enumerate(samples)
    ]
    labels = [encode_labels(one["parsing"]) for one in samples]
    arrays = {
        "image_ends": np.cumsum([len(one) for one in images]),
        "label_ends": np.cumsum([len(one) for one in labels]),
        "identities": np.array([one["identity"] for one in samples]),
        "landmarks": np.stack([one["landmarks"] for one in samples]),
        "checksums": np.array([zlib.crc32(one) for one in images], np.uint32),
        "images": np.frombuffer(b"".join(images), np.uint8),
        "labels": np.frombuffer(b"".join(labels), np.uint8),
        "names": np.frombuffer(join_names([one["name"] for one in samples]), np.uint8),
    }
    root.mkdir(exist_ok=True)
    header = make_header({"codec": codec}, {name: array.shape for name, array in arrays.items()})
    content = b"".join(arrays[name].astype(kind).tobytes() for name, kind in ARRAYS.items())
    path = root / name_pack_file(split)
    path.write_bytes(header + content)
    return path


def is_equal(one, other):
    same = (np.array_equal(one[key], other[key], equal_nan=True) for key in ("landmarks",))
    rest = (np.array_equal(one[key], other[key]) for key in one if key != "landmarks")
    return one.keys() == other.keys() and all(same) and all(rest)


@pytest.fixture
def samples(rng):
    faces = [
        make_sample(
            f"ä/{number}.png",
            rng.integers(0, 256, (144, 144, 3), dtype=np.uint8),
            rng.uniform(0, 144, (81, 2)).astype(np.float32),
            rng.integers(0, 11, (144, 144), dtype=np.uint8),
            identity=number - 1,
        )
        for number in range(4)
    ]
    faces[2] = make_sample("unknown.png", faces[2]["hr_target"])
    faces[1]["landmarks"][68:] = np.nan
    return faces


@pytest.mark.parametrize("codec", ["raw", "png", "webp"])
def test_a_face_comes_back_bit_for_bit(tmp_path, samples, codec):
    write_pack(tmp_path / "pack", samples, codec)
    faces = PackedFaces(tmp_path / "pack")
    assert faces.names == [one["name"] for one in samples]
    assert faces.identities.tolist() == [-1, 0, -1, 2]
    for number, sample in enumerate(samples):
        read = faces.read(number)
        assert is_equal(read, sample)
        assert read["hr_target"].flags.writeable and read["parsing"].flags.writeable
    assert is_equal(faces.read(-1), samples[-1])
    assert len(PackedFaces(tmp_path / "pack", max_images=2)) == 2
    with pytest.raises(IndexError):
        PackedFaces(tmp_path / "pack", max_images=2).read(2)


def test_jpeg_changes_little_and_only_the_image(tmp_path, photos):
    photos = [{**one, "hr_target": one["hr_target"][:144, :144].copy()} for one in photos]
    photos = [{**one, "parsing": one["parsing"][:144, :144].copy()} for one in photos]
    write_pack(tmp_path / "pack", photos, "jpeg")
    read = PackedFaces(tmp_path / "pack").read(1)
    difference = read["hr_target"].astype(float) - photos[1]["hr_target"]
    assert 0 < np.abs(difference).mean() < 2
    assert is_equal({**read, "hr_target": 0}, {**photos[1], "hr_target": 0})


def test_the_file_is_plain_safetensors(tmp_path, samples):
    path = write_pack(tmp_path / "pack", samples)
    own, other = open_pack_file(path).arrays, load_file(path)
    assert own.keys() == other.keys() == ARRAYS.keys()
    for name, array in own.items():
        assert np.array_equal(array, other[name], equal_nan=array.dtype == np.float32)
        assert not array.flags.writeable


def test_a_pickled_reader_opens_the_file_anew(tmp_path, samples):
    write_pack(tmp_path / "pack", samples)
    stored = pickle.dumps(PackedFaces(tmp_path / "pack", max_images=3))
    assert len(stored) < 1000
    assert is_equal(pickle.loads(stored).read(2), samples[2])


def test_forked_workers_read_the_same_faces(tmp_path, samples):
    write_pack(tmp_path / "pack", samples)
    faces = PackedFaces(tmp_path / "pack")
    faces.read(0)

    class AsDataset(torch.utils.data.Dataset):
        def __len__(self):
            return len(faces)

        def __getitem__(self, index):
            return torch.from_numpy(faces.read(index)["hr_target"])

    loader = torch.utils.data.DataLoader(
        AsDataset(), batch_size=None, num_workers=2, multiprocessing_context="fork"
    )
    read = torch.stack(list(loader)).numpy()
    assert np.array_equal(read, np.stack([one["hr_target"] for one in samples]))


def test_what_the_source_could_not_decode_cannot_be_decoded_here(tmp_path, samples):
    write_pack(tmp_path / "pack", samples, damaged=[0, 2])
    faces = PackedFaces(tmp_path / "pack")
    assert is_equal(faces.read(1), samples[1])
    for number in (0, 2):
        with pytest.raises(UndecodableImageError, match="could not be decoded when it was packed"):
            faces.read(number)


@pytest.mark.parametrize("part", ["images", "labels"])
def test_a_changed_byte_is_noticed(tmp_path, samples, part):
    path = write_pack(tmp_path / "pack", samples)
    content = bytearray(path.read_bytes())
    packed = open_pack_file(path).arrays[part][:40].tobytes()
    content[content.index(packed) + 20] ^= 4
    path.write_bytes(content)
    with pytest.raises(UndecodableImageError, match="damaged"):
        PackedFaces(tmp_path / "pack").read(0)
    PackedFaces(tmp_path / "pack").read(1)


def test_damaged_files_are_refused(tmp_path, samples):
    path = write_pack(tmp_path / "pack", samples)
    content = path.read_bytes()
    for bad in (b"", content[:-1], content[:40], b"no pack at all" * 9):
        path.write_bytes(bad)
        with pytest.raises(DataError, match="absent, damaged or no pack"):
            PackedFaces(tmp_path / "pack")
    path.write_bytes(content.replace(b"packed faces 1", b"packed faces 7"))
    with pytest.raises(DataError, match="packed faces 7'; expected 'fcsrlib packed faces 1'"):
        PackedFaces(tmp_path / "pack")
    path.write_bytes(content.replace(b'"codec":"raw"', b'"codec":"gif"'))
    with pytest.raises(ConfigError, match="codec is 'gif'; expected one of raw, png, webp, jpeg"):
        PackedFaces(tmp_path / "pack")


def test_an_absent_split_says_what_to_do(tmp_path, samples):
    write_pack(tmp_path / "pack", samples)
    assert recognise_layout(tmp_path / "pack").reader == "PackedFaces"
    with pytest.raises(DataError, match="'val' was not packed, or the packing was interrupted"):
        PackedFaces(tmp_path / "pack", "val")


@pytest.mark.parametrize("codec", CODECS)
def test_only_aligned_faces_are_stored(codec):
    with pytest.raises(DataError, match=r"a crop is \(178, 178, 3\); expected \(144, 144, 3\)"):
        encode_crop(np.zeros((178, 178, 3), np.uint8), codec)
