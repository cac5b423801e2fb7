import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from fcsrlib.data import FaceDataset, FaceSampler, SampleKey, pack_faces
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import DATASETS

PIPELINE = [
    dict(type="RandomCrop"),
    dict(type="RandomMirror"),
    dict(type="DrawHole", side=16, kinds=("rectangle", "strokes", "parts")),
]


def open_dataset(celeba, **arguments):
    source = dict(type="CelebA", root=str(celeba.root), split="train")
    return FaceDataset(source, PIPELINE, **arguments)


def equal(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(one[key], other[key], equal_nan=key == "landmarks") for key in one
    )


def test_it_is_built_from_a_config_alone(celeba):
    dataset = DATASETS.build(
        dict(
            type="FaceDataset",
            source=dict(type="CelebA", root=str(celeba.root), split="val"),
            pipeline=PIPELINE,
        )
    )
    assert len(dataset) == 2
    assert dataset.metainfo == {"source": "CelebA", "num_faces": 2}
    sample = dataset[1]
    assert sample["hr_target"].shape == (128, 128, 3) and sample["hole_mask"].shape == (16, 16)


def test_a_sample_follows_from_seed_and_key_alone(celeba):
    dataset, other = open_dataset(celeba), open_dataset(celeba)
    keys = [SampleKey(index, draw) for index in range(3) for draw in (0, 5, 1 << 40)]
    first = {key: dataset[key] for key in keys}
    assert all(equal(other[key], first[key]) for key in reversed(keys))
    assert equal(dataset[2], dataset[SampleKey(2, 2)])
    assert not equal(dataset[SampleKey(0, 0)], dataset[SampleKey(0, 1)])
    assert not equal(open_dataset(celeba, seed=1)[0], dataset[0])


@pytest.mark.parametrize("num_workers", [0, 2])
def test_workers_and_start_do_not_change_the_samples(celeba, num_workers):
    dataset = open_dataset(celeba)
    expected = [dataset[key] for key, _ in zip(FaceSampler(dataset), range(10), strict=False)]
    sampler = FaceSampler(dataset, start=4)
    loader = DataLoader(dataset, 2, sampler=sampler, num_workers=num_workers, collate_fn=pack_faces)
    batches = [batch for batch, _ in zip(loader, range(3), strict=False)]
    for row, sample in enumerate(expected[4:]):
        batch = batches[row // 2]
        assert batch["name"][row % 2] == sample["name"]
        face = torch.from_numpy(sample["hr_target"].copy()).permute(2, 0, 1)
        assert torch.equal(batch["hr_target"][row % 2], face)
        assert (batch["hole_mask"][row % 2, 0].numpy() == sample["hole_mask"]).all()


def test_an_undecodable_training_image_is_replaced_and_named(celeba):
    celeba.truncate_image("000002.jpg")
    dataset = open_dataset(celeba)
    sample = dataset[SampleKey(1, 77)]
    assert sample["skipped"] and set(sample["skipped"]) == {"000002.jpg"}
    assert sample["name"] in ("000001.jpg", "000003.jpg")
    assert equal(sample, open_dataset(celeba)[SampleKey(1, 77)])
    assert "skipped" not in dataset[0]


def test_an_undecodable_evaluation_image_is_left_out(celeba):
    celeba.truncate_image("000002.jpg")
    dataset = open_dataset(celeba, replace_bad=False)
    assert dataset[1] == {"skipped": ["000002.jpg"]}
    batch = pack_faces([dataset[index] for index in range(3)])
    assert batch["name"] == ["000001.jpg", "000003.jpg"] and batch["skipped"] == ["000002.jpg"]
    assert batch["hr_target"].shape == (2, 3, 128, 128)


def test_a_data_set_of_damaged_images_only_does_not_hang(celeba):
    for name in celeba.names[:3]:
        celeba.truncate_image(name)
    with pytest.raises(DataError, match="33 images drawn one after another cannot be decoded: 0"):
        open_dataset(celeba)[0]


def test_bad_arguments_are_refused(celeba):
    with pytest.raises(ConfigError, match="seed is -1"):
        open_dataset(celeba, seed=-1)
