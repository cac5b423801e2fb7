"""A face prior trained before takes Eq. 9 in a config, is never trained, and can be left out."""

from pathlib import Path

import pytest
import torch

from fcsrlib.engine import read_config
from fcsrlib.engine.config import complete_config
from fcsrlib.losses import face_prior_loss
from fcsrlib.losses.loss_set import LossTerm
from fcsrlib.models import Stage
from fcsrlib.models.priors import CompactPrior
from fcsrlib.registry import MODELS

FOLDER = Path(__file__).parents[2] / "configs" / "fcsr"
NARROW_PRIOR = dict(channels=(4, 4, 4, 4), head_channels=4)
NARROW = dict(
    SRResNet=dict(channels=4, num_blocks=1),
    FSRNet=dict(
        channels=4, prior_channels=4, num_hourglasses=1, hourglass_depth=2, num_fine_blocks=1
    ),
)
TARGETS = ("landmark_target", "landmark_known", "parsing_target")


@pytest.fixture
def trained(tmp_path):
    """Return a narrow prior network in eval and the file that holds its weights."""
    torch.manual_seed(1)
    network = CompactPrior(**NARROW_PRIOR)
    for _ in range(3):  # BatchNorm's statistics become its own
        network(torch.rand(4, 3, 64, 64))
    torch.save(network.state_dict(), tmp_path / "prior.pth")
    return network.eval().requires_grad_(False), str(tmp_path / "prior.pth")


@pytest.fixture
def make_model(trained):
    """Return a function that builds a config, narrow and for faces of 64 pixels, in a stage."""

    def make(path, stage="joint"):
        config = read_config(path)
        config.hr_side = 64
        config.model.generator.fc.update(base_channels=4, max_channels=8)
        config.model.generator.sr.update(NARROW[config.model.generator.sr.type])
        config.model.discriminator.update(channels=4)
        config.model.face_prior = dict(type="CompactPrior", weights=trained[1], **NARROW_PRIOR)
        complete_config(config)
        torch.manual_seed(0)
        model = MODELS.build(config.model)
        stages = {one.name: Stage.from_config(one) for one in config.train_cfg.stages}
        model.enter_stage(stages[stage])
        return model.train()

    return make


@pytest.fixture
def batch():
    """Return two faces of noise with landmarks and parts, as the preprocessor hands them on."""
    torch.manual_seed(2)
    hole = torch.zeros(2, 1, 8, 8)
    hole[:, :, 2:6, 2:6] = 1
    small = torch.rand(2, 3, 8, 8)
    return dict(
        hr_target=torch.rand(2, 3, 64, 64),
        lr_target=small,
        lr_masked=small * (1 - hole),
        hole_mask=hole,
        landmark_target=torch.rand(2, 81, 32, 32),
        landmark_known=torch.rand(2, 81) > 0.1,
        parsing_target=torch.randint(0, 11, (2, 32, 32)),
    )


@pytest.fixture
def write_config(tmp_path):
    """Return a function that writes the paper's PConv + FSRNet without the terms of given names."""

    def write(*left_out):
        path = tmp_path / "without.py"
        path.write_text(f"""
_base_ = ["{(FOLDER / "pconv_fsrnet_x8.py").as_posix()}"]
_kept = [
    term
    for term in [*_base_.fc_losses, *_base_.sr_losses, *_base_.fsrnet_losses]
    if term["name"] not in {left_out!r}
]
train_cfg = dict(stages=[dict(_base_.train_cfg.stages[-1], losses=_kept)])
""")
        return path

    return write


def watch(network):
    """Return a list that fills with the images the network is called with."""
    seen = []
    network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    return seen


def test_equation_9_is_what_the_frozen_network_finds_in_the_restored_face(
    make_model, trained, batch
):
    model = make_model(FOLDER / "pconv_srresnet_x8_trained_prior.py")
    seen = watch(model.face_prior)
    terms = model(batch, mode="loss")
    (restored,) = seen
    expected = face_prior_loss(trained[0](restored), *(batch[name] for name in TARGETS))
    assert torch.allclose(terms["loss_sr_face_prior"], expected)
    assert restored.grad_fn is not None and restored.shape == batch["hr_target"].shape
    assert not torch.equal(restored, batch["hr_target"])
    assert [name for name in terms if "prior" in name] == ["loss_sr_face_prior"]


@pytest.mark.parametrize("stage", ["restoration", "joint"])
@pytest.mark.parametrize("config", ["pconv_srresnet_x8_trained_prior", "pconv_srresnet_x8"])
def test_it_teaches_the_generator_and_keeps_its_own_weights_bit_by_bit(
    make_model, trained, batch, config, stage
):
    model = make_model(FOLDER / f"{config}.py", stage)
    loss = model(batch, mode="loss")["loss_sr_face_prior"]
    loss.backward(retain_graph=True)
    learned = [p for p in model.generator.sr.parameters() if p.grad is not None]
    assert learned and all(p.grad.isfinite().all() for p in learned)
    assert any(p.grad.abs().sum() > 0 for p in learned)
    assert all(p.grad is None for p in model.face_prior.parameters())

    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=0.1)
    sum(model(batch, mode="loss").values()).backward()
    optimizer.step()
    state = model.face_prior.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in trained[0].state_dict().items())
    assert model.trained_parts == {"sr", "discriminator"} | ({"fc"} if stage == "joint" else set())


def test_giving_weights_to_the_papers_config_leaves_the_networks_own_term_out(make_model, batch):
    model = make_model(FOLDER / "pconv_fsrnet_x8.py")
    seen = watch(model.face_prior)
    terms = model(batch, mode="loss")
    assert {name for name in terms if "prior" in name or "branch" in name} == {
        "loss_sr_face_prior",
        "loss_sr_branch",
    }
    assert len(seen) == 1  # the restored face, and not the true one


def test_fsrnets_branch_and_equation_9_have_the_same_targets(make_model, batch):
    model = make_model(FOLDER / "pconv_fsrnet_x8.py")
    terms = {term.name: term for term in model.losses.terms}
    for name, made in (("sr_branch", "sr_priors"), ("sr_face_prior", "restored_priors")):
        assert isinstance(terms[name], LossTerm)
        assert terms[name].tensor_names == {made, *TARGETS}
    model(batch, mode="loss")["loss_sr_branch"].backward()
    assert any(p.grad is not None for p in model.generator.sr.parameters())
    assert all(p.grad is None for p in model.face_prior.parameters())


@pytest.mark.parametrize(
    ("left_out", "num_reads"), [(["sr_branch"], 1), (["sr_face_prior"], 0), ([], 1)]
)
def test_each_of_both_is_switched_off_by_leaving_its_term_out(
    make_model, write_config, batch, left_out, num_reads
):
    model = make_model(write_config(*left_out))
    seen = watch(model.face_prior)
    terms = model(batch, mode="loss")
    found = {name for name in ("sr_branch", "sr_face_prior") if f"loss_{name}" in terms}
    assert found == {"sr_branch", "sr_face_prior"} - set(left_out)
    assert len(seen) == num_reads
    sum(terms.values()).backward()
    assert all(p.grad is None for p in model.face_prior.parameters())
