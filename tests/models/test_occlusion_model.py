import pytest
import torch

from fcsrlib.errors import ConfigError, DataError
from fcsrlib.losses import MaskLoss
from fcsrlib.models import MaskNet, OcclusionModel, Stage

TERM = dict(type="MaskLoss", name="mask")


def make_stage(*losses, train="occlusion"):
    return Stage.from_config(dict(name="mask", iters=2, train=train, losses=losses))


@pytest.fixture
def model():
    torch.manual_seed(0)
    network = MaskNet(channels=(4, 4, 4, 4), num_blocks=(1, 1, 1, 1), edge_channels=4)
    return OcclusionModel(
        occlusion=network, data_preprocessor=dict(type="FacePreprocessor", scale=None)
    )


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    return dict(
        hr_target=torch.rand(2, 3, 32, 32, generator=generator),
        occluder_mask=(torch.rand(2, 1, 32, 32, generator=generator) > 0.5).float(),
        name=["a", "b"],
    )


def test_its_term_is_the_loss_of_what_it_finds(model, batch):
    model.enter_stage(make_stage(TERM))
    loss = model(batch, mode="loss")["loss_mask"]
    expected = MaskLoss()(model.occlusion(batch["hr_target"]), batch["occluder_mask"])
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    loss.backward()
    assert all(parameter.grad is not None for parameter in model.occlusion.parameters())


def test_it_predicts_logits_and_pictures(model, batch):
    made = model.eval()(batch)
    assert torch.equal(made["occlusion_logits"], model.occlusion(batch["hr_target"]))
    assert made["name"] == ["a", "b"]
    for picture in ("true_occluder", "found_occluder"):
        assert made[picture].shape == (2, 3, 32, 32)
        assert 0 <= made[picture].min() and made[picture].max() <= 1
    is_bare = batch["occluder_mask"].expand(-1, 3, -1, -1) == 0
    is_same = made["true_occluder"] == batch["hr_target"]
    outline = made["true_occluder"] == 1
    assert (is_same | outline)[is_bare].all()


def test_faces_that_do_not_say_where_they_are_covered_are_refused(model, batch):
    del batch["occluder_mask"]
    with pytest.raises(DataError, match="put DrawOccluder into the data set's pipeline"):
        model(batch)


@pytest.mark.parametrize(
    ("term", "train", "message"),
    [
        (
            dict(type="SmoothLoss", inputs=dict(image="hr_restored")),
            "occlusion",
            "MaskNet does not",
        ),
        (TERM, "sr", "stage 'mask' needs a sr, but model.sr is None"),
        (dict(type="SmoothLoss", inputs=dict(image="hr_target")), "occlusion", "none of its terms"),
    ],
)
def test_a_stage_that_it_cannot_run_is_refused(model, term, train, message):
    with pytest.raises(ConfigError, match=message):
        model.enter_stage(make_stage(dict(term, name="t"), train=train))
