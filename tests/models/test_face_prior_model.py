import pytest
import torch

from fcsrlib.errors import ConfigError
from fcsrlib.models import FacePriorModel, Stage
from fcsrlib.testing.toy import ToyFacePrior

TERM = dict(type="FacePriorLoss", name="face_prior", inputs=dict(priors="target_priors"))


def make_stage(losses=(TERM,), train="face_prior"):
    return Stage.from_config(dict(name="prior", iters=2, train=train, losses=losses))


@pytest.fixture
def model():
    torch.manual_seed(0)
    preprocessor = dict(type="FacePreprocessor", scale=None, heatmap_side=16)
    return FacePriorModel(face_prior=ToyFacePrior(4, 3), data_preprocessor=preprocessor)


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return dict(
        hr_target=torch.rand(2, 3, 32, 32),
        landmarks=torch.rand(2, 4, 2) * 20 + 5,
        landmark_known=torch.ones(2, 4, dtype=torch.bool),
        landmark_target=torch.rand(2, 4, 16, 16),
        parsing=torch.randint(0, 3, (2, 32, 32), dtype=torch.uint8),
        parsing_target=torch.randint(0, 3, (2, 16, 16)),
        name=["a", "b"],
    )


def test_its_only_term_is_the_face_prior_loss_of_what_it_sees_in_true_faces(model, batch):
    from fcsrlib.losses import FacePriorLoss

    model.enter_stage(make_stage())
    loss = model(batch, mode="loss")["loss_face_prior"]
    names = ("landmark_target", "landmark_known", "parsing_target")
    expected = FacePriorLoss()(
        model.face_prior(batch["hr_target"]), **{name: batch[name] for name in names}
    )
    assert torch.equal(loss, expected)
    loss.backward()
    assert all(parameter.grad is not None for parameter in model.face_prior.parameters())


def test_it_predicts_maps_and_pictures_of_them(model, batch):
    made = model.eval()(batch)
    priors = model.face_prior(batch["hr_target"])
    assert torch.equal(made["found_landmarks"], priors.landmarks)
    assert torch.equal(made["found_parsing"], priors.parsing)
    for picture in ("true_priors", "found_priors"):
        assert made[picture].shape == (2, 3, 32, 32)
        assert 0 <= made[picture].min() and made[picture].max() <= 1
    assert not torch.equal(made["true_priors"], made["found_priors"])


@pytest.mark.parametrize(
    ("losses", "train", "message"),
    [
        (
            [dict(type="PixelLoss", inputs=dict(image="hr_restored", target="hr_target"))],
            "face_prior",
            r"reads \['hr_restored'\], which ToyFacePrior does not make",
        ),
        ([TERM], "sr", "stage 'prior' needs a sr, but model.sr is None"),
        (
            [dict(type="SmoothLoss", inputs=dict(image="hr_target"))],
            "face_prior",
            "trains face_prior, but none of its terms reads one of",
        ),
    ],
)
def test_a_stage_that_it_cannot_run_is_refused(model, losses, train, message):
    losses = [dict(term, name=f"t{number}") for number, term in enumerate(losses)]
    with pytest.raises(ConfigError, match=message):
        model.enter_stage(make_stage(losses, train))
