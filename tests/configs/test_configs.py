"""Every config under configs/ is built, checked stage by stage, and trained a little."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

from fcsrlib.engine import read_config, train
from fcsrlib.engine.config import complete_config
from fcsrlib.losses.loss_set import LossTerm
from fcsrlib.models import FCSRGAN, Stage
from fcsrlib.registry import MODELS

FOLDER = Path(__file__).parents[2] / "configs"
CONFIGS = sorted(
    path for path in FOLDER.rglob("*.py") if "_base_" not in path.relative_to(FOLDER).parts
)
FSRNET_TENSORS = {"hr_coarse", "sr_priors"}
COMPOUND = re.compile(r"(pconv|gfc)_(fsrnet|srresnet)_x(\d+)")
KINDS = dict(pconv="PConvUNet", gfc="GFC", fsrnet="FSRNet", srresnet="SRResNet")
NARROW = dict(
    PConvUNet=dict(base_channels=4, max_channels=8),
    GFC=dict(base_channels=2),
    FSRNet=dict(
        channels=4, prior_channels=4, num_hourglasses=1, hourglass_depth=2, num_fine_blocks=1
    ),
    SRResNet=dict(channels=4, num_blocks=1),
    PatchGAN=dict(channels=4),
    AuthorsDiscriminator=dict(channels=2),
    HourglassPrior=dict(
        channels=4, num_hourglasses=1, depth=2, num_blocks=1, stem_channels=4, head_channels=4
    ),
)


def name_config(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


every_config = pytest.mark.parametrize("path", CONFIGS, ids=name_config)
every_compound = pytest.mark.parametrize(
    "path", [path for path in CONFIGS if COMPOUND.fullmatch(path.stem)], ids=name_config
)


def read(path: Path) -> Config:
    config = read_config(path)
    complete_config(config)
    return config


def narrow(config: Config) -> None:
    """Give every part few channels, in place; the depths that must fit a face's side stay."""
    model = config.model
    for part in (
        model.generator.fc,
        model.generator.sr,
        model.get("discriminator"),
        model.get("face_prior"),
    ):
        if part:
            part.update(NARROW[part.type])


def make_tiny(path: Path) -> Config:
    """Return the config with narrow networks, two iterations a stage and eight synthetic faces."""
    config = read_config(path)
    narrow(config)
    config.quick = dict(
        iters={
            stage.name: 2 * stage.get("generator_interval", 1) for stage in config.train_cfg.stages
        },
        batch_size=2,
        train_images=8,
        val_images=2,
        intervals=dict(log=1, preview=1000, checkpoint=1000),
    )
    for loader in (config.train_dataloader, config.val_dataloader):
        loader.num_workers = 0
    return config


@every_config
def test_the_first_line_says_what_the_config_follows(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(("# paper: ", "# authors-code: "))


@every_config
def test_builds_and_every_stage_can_run(path: Path) -> None:
    config = read(path)
    narrow(config)
    model = MODELS.build(config.model)

    assert isinstance(model, FCSRGAN)
    assert model.generator.hr_side == 128
    for stage in config.train_cfg.stages:
        assert model.check_stage(Stage.from_config(stage)).terms


@every_config
def test_the_quick_schedule_names_stages_that_exist(path: Path) -> None:
    config = read(path)
    names = {stage.name for stage in config.train_cfg.stages}
    assert set(config.quick.iters) == names


@every_compound
def test_the_file_name_says_the_parts_and_the_scale(path: Path) -> None:
    fc, sr, scale = COMPOUND.fullmatch(path.stem).groups()
    config = read(path)
    assert config.model.generator.fc.type == KINDS[fc]
    assert config.model.generator.sr.type == KINDS[sr]
    assert str(config.scale) == scale
    holes = config.train_dataloader.dataset.pipeline[-1]
    assert holes.side == 128 // config.scale


def test_all_compounds_of_table_6_are_there_at_both_scales() -> None:
    present = {path.stem for path in CONFIGS}
    assert present >= {
        f"{fc}_{sr}_x{scale}"
        for fc in ("pconv", "gfc")
        for sr in ("fsrnet", "srresnet")
        for scale in (4, 8)
    }


@every_compound
def test_compounds_differ_in_their_parts_and_fsrnets_own_terms_only(path: Path) -> None:
    config, reference = read(path), read(FOLDER / "fcsr" / "pconv_fsrnet_x8.py")
    stages, references = (
        [Stage.from_config(stage) for stage in one.train_cfg.stages] for one in (config, reference)
    )
    own = FSRNET_TENSORS if config.model.generator.sr.type == "SRResNet" else set()
    for stage, wanted in zip(stages, references, strict=True):
        assert (stage.name, stage.iters, stage.train, stage.decay) == (
            wanted.name,
            wanted.iters,
            wanted.train,
            wanted.decay,
        )
        kept = [term for term in wanted.losses if not own & LossTerm(term).tensor_names]
        assert list(stage.losses) == kept


@pytest.fixture
def quick_runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Spare MMEngine's five formattings of the config, and drop what it keeps of earlier runs."""
    monkeypatch.setattr(Config, "pretty_text", "")
    yield
    for kind in (MMLogger, MessageHub, Visualizer, DefaultScope):
        kind._instance_dict.clear()


@every_config
@pytest.mark.slow
@pytest.mark.usefixtures("quick_runner")
def test_every_stage_updates_the_parts_that_it_trains(path: Path, tmp_path: Path) -> None:
    runner = train(make_tiny(path), work_dir=tmp_path / "run")

    for part, wrapper in runner.optim_wrapper.items():
        updates = 0
        for stage in runner.train_loop.stages:
            if part in stage.train:
                interval = stage.generator_interval if part in ("fc", "sr") else 1
                updates += stage.iters // interval
        steps = {int(state["step"]) for state in wrapper.optimizer.state.values()}
        assert steps == ({updates} if updates else set()), part
    assert all(parameter.isfinite().all() for parameter in runner.model.parameters())
