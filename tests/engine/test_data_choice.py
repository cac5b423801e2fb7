import pytest
from mmengine.config import Config

from fcsrlib.engine.data_choice import choose_data, limit_source
from fcsrlib.errors import DataError


@pytest.fixture
def config(toy_run):
    return toy_run.make_config()


def make_loader(**source):
    pipeline = [dict(type="DrawHole")]
    return dict(batch_size=8, num_workers=2, dataset=dict(source=source, pipeline=pipeline))


def make_celeba(root):
    loaders = {
        f"{split}_dataloader": make_loader(type="CelebA", root=str(root), split=split)
        for split in ("train", "val")
    }
    return Config(dict(loaders, scale=8))


def test_absent_data_become_synthetic_faces_of_the_same_split_and_number(tmp_path):
    config = make_celeba(tmp_path / "none")
    config.val_dataloader.dataset.source.max_images = 7
    assert choose_data(config, None).description.startswith("synthetic faces (")
    assert dict(config.train_dataloader.dataset.source) == dict(
        type="SyntheticFaces", split="train"
    )
    expected = dict(type="SyntheticFaces", split="val", num_faces=7)
    assert dict(config.val_dataloader.dataset.source) == expected


def test_data_that_are_there_are_used(tmp_path, config):
    assert choose_data(make_celeba(tmp_path), None).description == f"faces from {tmp_path}"
    assert choose_data(config, None) == ("the config's own faces", False)


def test_a_folder_of_images_takes_over_what_it_understands(tmp_path, config):
    celeba = make_celeba("nowhere")
    celeba.val_dataloader.dataset.source.max_images = 7
    assert "folder of images" in choose_data(celeba, tmp_path).description
    source = celeba.val_dataloader.dataset.source
    assert dict(source) == dict(type="FaceFolder", split="val", max_images=7, root=str(tmp_path))
    choose_data(config, tmp_path)  # the toy reader's own options are dropped
    assert dict(config.train_dataloader.dataset.source) == dict(
        type="FaceFolder", root=str(tmp_path)
    )


def test_celebas_layout_is_recognised(tmp_path):
    (tmp_path / "list_eval_partition.txt").write_text("")
    config = make_celeba("nowhere")
    assert "CelebA layout" in choose_data(config, tmp_path).description
    assert config.train_dataloader.dataset.source.type == "CelebA"


def test_other_layouts_are_recognised(tmp_path):
    (tmp_path / "CelebA-HQ-img").mkdir()
    config = make_celeba("nowhere")
    assert "(CelebAMask-HQ layout)" in choose_data(config, tmp_path).description
    expected = dict(type="CelebAMaskHQ", split="val", root=str(tmp_path))
    assert dict(config.val_dataloader.dataset.source) == expected


def test_a_data_root_that_is_no_folder_is_refused(tmp_path, config):
    with pytest.raises(DataError, match="--data-root .*none is no folder; give the one that holds"):
        choose_data(config, tmp_path / "none")


def test_a_limit_is_spelt_as_the_reader_does():
    source = Config(dict(a=dict(type="SyntheticFaces"), b=dict(type="CelebA")))
    limit_source(source.a, 3)
    limit_source(source.b, 4)
    limit_source(source.b, None)
    assert source.a.num_faces == 3 and source.b.max_images == 4


def make_mixture(root):
    sources = [dict(type="CelebA", root=f"{root}/celeba"), dict(type="Helen", root=f"{root}/helen")]
    return Config(
        dict(
            train_dataloader=make_loader(type="MixedFaces", sources=sources),
            val_dataloader=make_loader(**sources[1], split="val"),
        )
    )


def test_mixed_sources_are_looked_for_by_their_own_names(tmp_path):
    for name in ("celeba", "helen"):
        (tmp_path / name).mkdir()
    config = make_mixture("data")
    assert choose_data(config, tmp_path).description == f"faces from {tmp_path} (several data sets)"
    source = config.train_dataloader.dataset.source
    assert [one.root for one in source.sources] == [f"{tmp_path}/celeba", f"{tmp_path}/helen"]
    expected = dict(type="Helen", root=f"{tmp_path}/helen", split="val")
    assert dict(config.val_dataloader.dataset.source) == expected
    (tmp_path / "helen").rmdir()
    with pytest.raises(DataError, match="has no folder 'helen', from which .* Helen reads"):
        choose_data(make_mixture("data"), tmp_path)


def test_a_mixture_of_which_one_is_absent_becomes_synthetic(tmp_path):
    config = make_mixture(tmp_path)
    assert choose_data(config, None).is_synthetic
    assert config.train_dataloader.dataset.source.type == "SyntheticFaces"


def test_one_data_set_takes_the_place_of_a_mixture(tmp_path):
    (tmp_path / "CelebA-HQ-img").mkdir()
    config = make_mixture("data")
    assert "(CelebAMask-HQ layout)" in choose_data(config, tmp_path).description
    expected = dict(type="CelebAMaskHQ", root=str(tmp_path))
    assert dict(config.train_dataloader.dataset.source) == expected


def test_a_pack_takes_the_place_of_one_data_set_of_a_mixture(tmp_path):
    for name in ("celeba", "helen"):
        (tmp_path / name).mkdir()
    (tmp_path / "celeba" / "faces_train.safetensors").write_bytes(b"")
    config = make_mixture("data")
    choose_data(config, tmp_path)
    sources = config.train_dataloader.dataset.source.sources
    assert [one.type for one in sources] == ["PackedFaces", "Helen"]
    assert [one.root for one in sources] == [f"{tmp_path}/celeba", f"{tmp_path}/helen"]
