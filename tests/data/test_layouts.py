import pytest

from fcsrlib.data import recognise_layout
from fcsrlib.registry import DATASETS

LAYOUTS = {
    "CelebA": [
        ["img_align_celeba/000001.jpg"],
        ["img_align_celeba.zip"],
        ["list_eval_partition.txt"],
        ["Img/img_align_celeba.zip", "Eval/list_eval_partition.txt"],
    ],
    "CelebAMaskHQ": [
        ["CelebA-HQ-img/0.jpg", "list_eval_partition.txt"],
        ["images/0001.jpg", "labels/0001.png", "split.txt", "classes.json"],
        ["images/0001.jpg", "labels/0001.png", "split.txt", "helen11.json"],
    ],
    "Helen": [
        ["exemplars.txt", "images/1_1.jpg", "labels/1_1/1_1_lbl00.png"],
        ["testing.txt", "images/1_1.jpg"],
        ["trainset/1_1.jpg", "trainset/1_1.pts", "testset/2_1.jpg"],
        ["split.txt", "images/1_1.jpg", "points_68.npz"],
    ],
    "LFW": [
        ["Ann_Lee/Ann_Lee_0001.jpg"],
        ["lfw-deepfunneled/Ann_Lee/Ann_Lee_0001.jpg"],
        ["lfw/Ann_Lee/Ann_Lee_0001.jpg", "pairs.txt"],
    ],
    "OccludedFaces": [
        ["images/a.jpg", "hole_masks/a.png"],
        ["images/a.jpg", "hole_masks/a.png", "landmarks_81.npz"],
    ],
    "PackedFaces": [
        ["faces_train.safetensors"],
        ["faces_test.safetensors", "manifest.json"],
    ],
    "FaceFolder": [
        ["a.jpg"],
        ["anna/1.jpg", "anna/Anna_0001.jpg"],
        ["images/1.jpg"],
        ["trainset/1.jpg"],
        [],
    ],
}
CASES = [(reader, files) for reader, cases in LAYOUTS.items() for files in cases]


@pytest.mark.parametrize("reader,files", CASES, ids=lambda one: str(one)[:40])
def test_a_data_set_is_recognised_by_its_files(tmp_path, reader, files):
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    layout = recognise_layout(tmp_path)
    assert layout.reader == reader and DATASETS.get(reader) is not None
    assert ("folder" if reader == "FaceFolder" else "layout") in layout.title
