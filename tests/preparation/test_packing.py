import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors.numpy import load_file

from fcsrlib.data import CelebA, FaceDataset, PackedFaces, RandomCrop, SampleKey
from fcsrlib.degradation import DrawHole
from fcsrlib.errors import ConfigError, DataError, FCSRError, UndecodableImageError
from fcsrlib.preparation import pack

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("codec", ["raw", "png"])
def test_packed_samples_equal_those_of_the_source(celeba, tmp_path, is_equal, codec):
    pack(celeba.root, tmp_path / "pack", codec=codec, workers=1)
    for split in ("train", "val", "test"):
        source, packed = CelebA(celeba.root, split), PackedFaces(tmp_path / "pack", split)
        assert packed.names == source.names
        assert np.array_equal(packed.identities, source.identities)
        for number in range(len(source)):
            assert is_equal(packed.read(number), source.read(number))
    assert (PackedFaces(tmp_path / "pack").read(1)["parsing"] == 255).all()


def test_training_from_a_pack_sees_the_same_samples_in_spite_of_a_damaged_face(
    celeba, tmp_path, is_equal
):
    celeba.truncate("000002.jpg")
    said = []
    pack(celeba.root, tmp_path / "pack", workers=1, say=said.append)
    assert "train: 1 of 3 images cannot be decoded: 000002.jpg" in said
    packed = PackedFaces(tmp_path / "pack")
    with pytest.raises(UndecodableImageError):
        packed.read(1)
    pipeline = [RandomCrop(), DrawHole(side=16)]
    sets = [FaceDataset(source, pipeline, seed=3) for source in (CelebA(celeba.root), packed)]
    for index in range(3):
        one, other = (faces[SampleKey(index, 90 + index)] for faces in sets)
        assert is_equal(one, other)
    assert "skipped" in sets[1][SampleKey(1, 91)]


def test_two_runs_and_any_number_of_workers_give_the_same_bytes(make_celeba, tmp_path, read_all):
    celeba = make_celeba("0" * 140 + "12")
    for name, workers in (("one", 1), ("two", 1), ("three", 3)):
        pack(celeba.root, tmp_path / name, workers=workers)
    one, two, three = (read_all(tmp_path / name) for name in ("one", "two", "three"))
    assert set(one) == {
        "manifest.json",
        *(f"faces_{s}.safetensors" for s in ("train", "val", "test")),
    }
    assert one == two == three
    assert not list((tmp_path / "three").glob(".prepare-*"))


def test_a_finished_pack_is_left_as_it_is_and_a_damaged_one_made_anew(celeba, tmp_path, read_all):
    out = tmp_path / "pack"
    pack(celeba.root, out, workers=1)
    before, path = read_all(out), out / "faces_val.safetensors"
    stamp, said = path.stat().st_mtime_ns, []
    pack(celeba.root, out, workers=1, say=said.append)
    assert path.stat().st_mtime_ns == stamp
    assert said[-1].endswith("is complete already: nothing to do")

    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    pack(celeba.root, out, workers=1, say=said.append)
    assert "was changed since it was made" in " ".join(said)
    assert read_all(out) == before


@pytest.mark.slow
def test_a_killed_run_is_taken_up_and_ends_with_the_same_bytes(make_celeba, tmp_path, read_all):
    celeba, out = make_celeba("0" * 192 + "12"), tmp_path / "pack"
    command = [sys.executable, "tools/prepare_data.py", "pack", str(celeba.root), str(out)]
    command += ["--codec", "webp", "--workers", "2"]  # lossless WebP is slow enough to be hit
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    parts = out / ".prepare-pack" / "train"
    patience_ends = time.monotonic() + 60
    while not list(parts.glob("*.safetensors")) and time.monotonic() < patience_ends:
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    run.wait()
    finished = len(list(parts.glob("*.safetensors")))
    assert 0 < finished < 3
    assert not (out / "manifest.json").exists() and not list(out.glob("faces_*"))
    with pytest.raises(DataError, match="the packing was interrupted"):
        PackedFaces(out)

    with pytest.raises(DataError, match="interrupted run on other inputs .options differ"):
        pack(celeba.root, out, codec="png", workers=1)
    said = []
    pack(celeba.root, out, codec="webp", workers=2, say=said.append)
    kept = re.search(r"192 images, (\d+) of them by an earlier run", " ".join(said))
    assert int(kept[1]) >= 64 * finished  # the workers die a moment after their parent
    pack(celeba.root, tmp_path / "fresh", codec="webp", workers=2)
    assert read_all(out) == read_all(tmp_path / "fresh")


def test_missing_files_are_named_before_anything_is_written(celeba, tmp_path):
    celeba.image_path("000006.jpg").unlink()
    with pytest.raises(DataError, match=r"split 'test': .* names 1 file.* 000006.jpg"):
        pack(celeba.root, tmp_path / "pack", workers=1)
    assert not (tmp_path / "pack").exists()


def test_another_source_or_other_options_do_not_mix_with_what_is_there(celeba, tmp_path):
    pack(celeba.root, tmp_path / "pack", splits=["val"], workers=1)
    with pytest.raises(DataError, match="made of other inputs .options differ"):
        pack(celeba.root, tmp_path / "pack", workers=1)
    celeba.truncate("000004.jpg")
    with pytest.raises(DataError, match="made of other inputs .source differ"):
        pack(celeba.root, tmp_path / "pack", splits=["val"], workers=1)


def test_a_pack_without_its_manifest_is_not_overwritten(celeba, tmp_path):
    out = pack(celeba.root, tmp_path / "pack", splits=["train"], workers=1)
    (out / "manifest.json").unlink()
    before = (out / "faces_train.safetensors").read_bytes()
    with pytest.raises(DataError, match="pack has faces_train.safetensors already; give another"):
        pack(celeba.root, out, codec="jpeg", workers=1)
    assert (out / "faces_train.safetensors").read_bytes() == before


def test_a_split_without_a_readable_image_is_refused(celeba, tmp_path):
    for name in ("000004.jpg", "000005.jpg"):
        celeba.truncate(name)
    with pytest.raises(DataError, match="split 'val': none of 2 images can be decoded"):
        pack(celeba.root, tmp_path / "pack", workers=1)


def test_bad_places_and_options_are_refused(celeba, tmp_path):
    (tmp_path / "file").write_text("")
    cases = [
        (celeba.root / "pack", "overlap; give a folder outside"),
        (tmp_path, "overlap; give a folder outside"),
        (tmp_path / "file", "is a file; give a folder"),
    ]
    for out, message in cases:
        with pytest.raises(DataError, match=message):
            pack(celeba.root, out, workers=1)
    with pytest.raises(DataError, match="none is no folder"):
        pack(tmp_path / "none", tmp_path / "pack", workers=1)
    with pytest.raises(ConfigError, match="--workers is 0; expected at least 1"):
        pack(celeba.root, tmp_path / "pack", workers=0)
    with pytest.raises(ConfigError, match="codec is 'gif'"):
        pack(celeba.root, tmp_path / "pack", codec="gif")


def test_the_manifest_tells_options_source_and_results(celeba, tmp_path):
    pack(celeba.root, tmp_path / "pack", max_images=2, workers=1)
    entry = json.loads((tmp_path / "pack" / "manifest.json").read_text())["commands"]["pack"]
    assert entry["options"]["codec"] == "raw" and entry["options"]["max_images"] == 2
    assert entry["source"]["layout"] == "CelebA layout"
    assert entry["source"]["files"]["img_align_celeba/"]["files"] == 7
    expected = dict(faces=2, undecodable=[], with_landmarks=2, with_labels=1, with_identity=2)
    assert entry["results"]["train"] == expected
    stored = load_file(tmp_path / "pack" / "faces_train.safetensors")
    assert stored["image_ends"].tolist() == [144 * 144 * 3, 2 * 144 * 144 * 3]


def test_what_a_pack_cannot_hold_is_not_lost_silently(tmp_path):
    rng = np.random.default_rng(0)
    for folder, shape in (("images", (218, 178, 3)), ("hole_masks", (218, 178))):
        (tmp_path / "covered" / folder).mkdir(parents=True)
        image = rng.integers(0, 256, shape, dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "covered" / folder / "1.png"), image)
    with pytest.raises(DataError, match="1.png knows occluder_mask, which a pack does not hold"):
        pack(tmp_path / "covered", tmp_path / "pack", splits=["test"], workers=1)


def test_a_folder_that_cannot_be_written_is_named(celeba, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="pack cannot be written: Not a directory"):
        pack(celeba.root, tmp_path / "file" / "pack", workers=1)


def test_a_full_disk_is_told(celeba, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fcsrlib.preparation.packing.os.fsync", fail)
    with pytest.raises(FCSRError, match="faces_train.*could not be written: .* No space left"):
        pack(celeba.root, tmp_path / "pack", workers=1)
    monkeypatch.undo()
    pack(celeba.root, tmp_path / "pack", workers=1)
    assert len(PackedFaces(tmp_path / "pack")) == 3
