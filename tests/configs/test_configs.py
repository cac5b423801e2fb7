"""Every config under configs/ is built, checked stage by stage, and trained a little."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

from fcsrlib.engine import read_config, train
from fcsrlib.engine.config import complete_config
from fcsrlib.losses.loss_set import LossTerm
from fcsrlib.models import FCSRGAN, Stage
from fcsrlib.models.order import build_generator
from fcsrlib.models.staged_model import StagedModel
from fcsrlib.registry import FACE_PRIORS, MODELS

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
    SwiftFC=dict(widths=(4, 4), num_blocks=(1, 1)),
    SwiftSR=dict(widths=(4, 4), num_blocks=(1, 1), num_tail_blocks=1),
    PatchGAN=dict(channels=4),
    AuthorsDiscriminator=dict(channels=2),
    MaskNet=dict(channels=(4, 4, 4, 4), num_blocks=(1, 1, 1, 1), edge_channels=4),
    CompactPrior=dict(channels=(4, 4, 4, 4), head_channels=4),
    HourglassPrior=dict(
        channels=4, num_hourglasses=1, depth=2, num_blocks=1, stem_channels=4, head_channels=4
    ),
)


def name_config(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


# Table 5: what each of the five lacks. The first two differ in their stages, the others in terms.
FULL = FOLDER / "fcsr" / "gfc_srresnet_x4.py"
STAGES_LEFT = dict(together=["joint"], stage2_alone=["restoration", "joint"])
LOSS_LEFT_OUT = dict(
    no_smooth="SmoothLoss", no_perceptual="PerceptualLoss", no_face_prior="FacePriorLoss"
)
SCHEDULE_KEYS = {"train_cfg", "quick", "fc_losses", "sr_losses"}


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
    generator = model.get("generator", {})
    judges = {name: model.get(name) for name in ("discriminator", "face_prior", "occlusion")}
    for part in (generator.get("fc"), generator.get("sr"), *judges.values()):
        if part:
            part.update(NARROW[part.type])


def give_weights(config: Config, folder: Path) -> None:
    """Put random networks where the config expects some that were trained before."""
    prior = config.model.get("face_prior") or {}
    if "weights" in prior:
        arguments = {key: value for key, value in prior.items() if key != "weights"}
        torch.save(FACE_PRIORS.build(arguments).state_dict(), folder / "prior.pth")
        prior.weights = str(folder / "prior.pth")
    if config.model.get("generator_weights"):
        generator = build_generator(**{"scale": config.scale, **config.model.generator})
        torch.save(generator.state_dict(), folder / "generator.pth")
        config.model.generator_weights = str(folder / "generator.pth")


def make_tiny(path: Path, folder: Path) -> Config:
    """Return the config with narrow networks, two iterations a stage and eight synthetic faces."""
    config = read_config(path)
    narrow(config)
    give_weights(config, folder)
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
def test_builds_and_every_stage_can_run(path: Path, tmp_path: Path) -> None:
    config = read(path)
    narrow(config)
    give_weights(config, tmp_path)
    model = MODELS.build(config.model)

    assert isinstance(model, StagedModel)
    if isinstance(model, FCSRGAN):
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


def find_ablation(name: str) -> Path:
    return FOLDER / "ablations" / f"{FULL.stem}_{name}.py"


def read_stages(path: Path) -> dict[str, Stage]:
    stages = [Stage.from_config(stage) for stage in read(path).train_cfg.stages]
    return {stage.name: stage for stage in stages}


def read_the_rest(path: Path) -> dict:
    """Return what of a config is neither its schedule nor a name for use within it."""
    config = read(path).to_dict()
    return {
        key: value
        for key, value in config.items()
        if key not in SCHEDULE_KEYS and not key.startswith("_")
    }


def test_the_five_ablations_of_table_5_are_there() -> None:
    wanted = {find_ablation(name) for name in [*STAGES_LEFT, *LOSS_LEFT_OUT]}
    assert set((FOLDER / "ablations").iterdir()) - {FOLDER / "ablations" / "__pycache__"} == wanted


@pytest.mark.parametrize("name", LOSS_LEFT_OUT)
def test_an_ablated_loss_is_missing_from_every_stage_and_nothing_else_is(name: str) -> None:
    kind, full, ablated = LOSS_LEFT_OUT[name], read_stages(FULL), read_stages(find_ablation(name))

    assert list(ablated) == list(full)
    for stage in full.values():
        kept = tuple(term for term in stage.losses if term["type"] != kind)
        train = tuple(
            part for part in stage.train if part != "face_prior" or kind != "FacePriorLoss"
        )
        assert ablated[stage.name] == replace(stage, losses=kept, train=train)
    assert any(term["type"] == kind for term in full["restoration"].losses)


@pytest.mark.parametrize("name", STAGES_LEFT)
def test_ablated_stages_are_missing_and_the_others_keep_parts_and_terms(name: str) -> None:
    full, ablated = read_stages(FULL), read_stages(find_ablation(name))

    assert list(ablated) == STAGES_LEFT[name]
    for stage in ablated.values():
        own = full[stage.name]
        same_length = replace(stage, iters=own.iters, decay_start=own.decay_start)
        assert same_length == own


@pytest.mark.parametrize("name", [*STAGES_LEFT, *LOSS_LEFT_OUT])
def test_an_ablation_trains_as_long_as_the_full_config(name: str) -> None:
    totals, decays = [], []
    for path in (find_ablation(name), FULL):
        *_, last = stages = read_stages(path).values()
        totals.append(sum(stage.iters for stage in stages))
        decays.append(round(last.iters * (1 - last.decay_start)))
    assert totals[0] == totals[1]
    assert decays[0] == decays[1]


@pytest.mark.parametrize("name", [*STAGES_LEFT, *LOSS_LEFT_OUT])
def test_an_ablation_has_the_full_configs_model_data_and_optimiser(name: str) -> None:
    full, ablated = read_the_rest(FULL), read_the_rest(find_ablation(name))
    if name == "no_face_prior":
        full["model"]["face_prior"] = None
    assert ablated == full


def test_the_authors_code_differs_between_its_scales_in_the_scale_only() -> None:
    x8, x4 = (read(FOLDER / "fcsr" / f"pconv_fsrnet_x{scale}_authors.py") for scale in (8, 4))
    differing = {key for key in {*x8, *x4} if x8.get(key) != x4.get(key)}

    assert differing == {"scale", "model"}
    assert (x8.scale, x4.scale) == (8, 4)
    assert x4.model.data_preprocessor.pop("scale") == 4
    assert x8.model.data_preprocessor.pop("scale") == 8
    assert x4.model == x8.model
    # FC and the holes are at 128, whatever the scale.
    assert x4.model.generator.scale == 1
    assert x4.train_dataloader.dataset.pipeline[-1].side == 128


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
def test_every_stage_updates_the_parts_that_it_trains_and_the_result_is_evaluated(
    path: Path, tmp_path: Path
) -> None:
    runner = train(make_tiny(path, tmp_path), work_dir=tmp_path / "run")

    for part, wrapper in runner.optim_wrapper.items():
        updates = 0
        for stage in runner.train_loop.stages:
            if part in stage.train:
                interval = stage.generator_interval if part in ("fc", "sr") else 1
                updates += stage.iters // interval
        steps = {int(state["step"]) for state in wrapper.optimizer.state.values()}
        assert steps == ({updates} if updates else set()), part
    assert all(parameter.isfinite().all() for parameter in runner.model.parameters())
    figures = runner.train_loop.scores[-1]["figures"]
    assert figures["num_images"] == 2
    names = ("psnr", "landmark_error", "lr_psnr", "mask_iou")
    assert math.isfinite(next(figures[name] for name in names if name in figures))
