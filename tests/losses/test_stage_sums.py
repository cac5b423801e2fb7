"""Eq. 10, 11 and 12: the paper's config, whole but narrow, against slow readings of its terms."""

from pathlib import Path

import pytest
import torch

from fcsrlib.engine import read_config
from fcsrlib.engine.config import complete_config
from fcsrlib.models import Stage
from fcsrlib.registry import MODELS

CONFIG = Path(__file__).parents[2] / "configs" / "fcsr" / "pconv_srresnet_x4.py"
WITH_REDUCTION = ("StyleLoss", "PerceptualLoss", "PixelLoss", "SmoothLoss")
PRIOR_TARGETS = ("landmark_target", "landmark_known", "parsing_target")


@pytest.fixture
def make_paper_model():
    """Return a function that builds the paper's config for faces of 32 pixels, very narrow."""

    def make(reduction):
        config = read_config(CONFIG)
        config.hr_side = 32
        config.model.generator.fc.update(base_channels=4, max_channels=8)
        config.model.generator.sr.update(channels=4, num_blocks=1)
        config.model.discriminator.update(channels=4)
        config.model.face_prior.update(
            channels=4, num_hourglasses=1, depth=2, num_blocks=1, stem_channels=4, head_channels=4
        )
        complete_config(config)
        torch.manual_seed(0)
        stages = [Stage.from_config(stage) for stage in config.train_cfg.stages]
        for term in (term for stage in stages for term in stage.losses):
            if term["type"] in WITH_REDUCTION:
                term["reduction"] = reduction
        return MODELS.build(config.model), {stage.name: stage for stage in stages}

    return make


@pytest.fixture
def face_batch(make_random):
    """Return two faces of noise as the preprocessor would hand them on."""
    hole = torch.zeros(2, 1, 8, 8)
    hole[0, 0, 2:6, 2:6] = hole[1, 0, :4, :4] = 1
    small, labels = make_random(2, 3, 8, 8), (make_random(2, 16, 16) * 11).long().clamp(max=10)
    labels[0, :4] = 255
    return dict(
        hr_target=make_random(2, 3, 32, 32),
        lr_target=small,
        lr_masked=small * (1 - hole),
        hole_mask=hole,
        landmark_target=make_random(2, 81, 16, 16),
        landmark_known=make_random(2, 81) > 0.1,
        parsing_target=labels,
    )


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("stage", "has_fc", "has_sr"),
    [("completion", True, False), ("restoration", False, True), ("joint", True, True)],
    ids=["equation_10", "equation_11", "equation_12"],
)
def test_a_stage_of_the_papers_config_sums_its_equation(
    make_paper_model, face_batch, equations, reduction, stage, has_fc, has_sr
):
    model, stages = make_paper_model(reduction)
    model.enter_stage(stages[stage])
    model.train()
    terms = model(face_batch, mode="loss")
    got = {name.removeprefix("loss_"): value.item() for name, value in terms.items()}

    images = {key: equations.as_numpy(value) for key, value in face_batch.items()}
    with torch.no_grad():  # again, with the same statistics of the batch
        made = model.generator(face_batch["lr_masked"], face_batch["hole_mask"])
        logits, priors = model.discriminator(made.hr_restored), model.face_prior(made.hr_restored)
    completed, restored = map(equations.as_numpy, (made.completion.image, made.hr_restored))
    hole = images["hole_mask"]
    composite = hole * completed + (1 - hole) * images["lr_masked"]
    expected = {}
    if has_fc:
        expected |= equations.read_equation_10(completed, composite, images["lr_target"], reduction)
    if has_sr:
        prior = sum(equations.read_equation_9(priors, *(face_batch[key] for key in PRIOR_TARGETS)))
        expected |= equations.read_equation_11(
            restored, images["hr_target"], equations.as_numpy(logits), prior, reduction
        )
        assert {"discriminator", "face_prior"} <= got.keys()  # what those two learn from
    generators = {name: got[name] for name in got.keys() - {"discriminator", "face_prior"}}
    assert generators == pytest.approx(expected, rel=1e-4)
