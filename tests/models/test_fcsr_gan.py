import pytest
import torch

from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.models.fcsr_gan import FCSRGAN
from fcsrlib.models.stage import Stage

PIXEL = dict(type="PixelLoss", name="pixel", inputs=dict(image="hr_restored", target="hr_target"))
LR_PIXEL = dict(type="PixelLoss", name="lr", inputs=dict(image="lr_composite", target="lr_target"))
ENLARGED = {**PIXEL, "name": "enlarged", "inputs": dict(image="hr_enlarged", target="hr_target")}
ADVERSARIAL = dict(type="AdversarialLoss", name="adv", inputs=dict(logits="restored_logits"))
DISC = dict(type="DiscriminatorLoss", name="disc")
PRIOR = dict(type="FacePriorLoss", name="prior", inputs=dict(priors="target_priors"))


@pytest.fixture
def make_model(toy_run):
    def make(**changes):
        torch.manual_seed(0)
        values = toy_run.make_config().model.to_dict()
        del values["type"]
        values["generator"].update(hr_side=32, scale=4)
        values["data_preprocessor"]["scale"] = 4
        return FCSRGAN(**{**values, **changes})

    return make


def make_stage(train=("fc", "sr"), losses=(PIXEL,), **changes):
    return Stage.from_config(dict(name="s", iters=4, train=train, losses=losses, **changes))


def draw_batch(toy_run, model, count=3, training=True):
    from fcsrlib.data import pack_faces
    from fcsrlib.registry import DATASETS

    dataset = DATASETS.build(
        dict(
            type="FaceDataset",
            source=dict(type="TinyFaces"),
            pipeline=[dict(type="DrawHole", side=8)],
        )
    )
    return model.data_preprocessor(pack_faces([dataset[i] for i in range(count)]), training)


def test_what_a_stage_does_not_train_is_frozen_and_stays_in_eval(make_model):
    model = make_model()
    model.enter_stage(make_stage(train="sr"))
    model.train()  # as the framework's loops do
    assert model.trained_parts == {"sr"}
    for name, part in model.parts().items():
        is_trained = name == "sr"
        assert all(p.requires_grad == is_trained for p in part.parameters()), name
        assert all(m.training == is_trained for m in part.modules()), name
    model.eval()
    assert not model.generator.sr.training
    assert all(p.requires_grad for p in model.generator.sr.parameters())


def test_a_later_stage_frees_what_an_earlier_one_froze_but_for_born_constants(make_model, toy_run):
    from fcsrlib.testing.toy import ToyFC

    fc = ToyFC()
    fc.layers[0].weight.requires_grad_(False)
    model = make_model(generator=dict(fc=fc, sr=dict(type="ToySR"), hr_side=32, scale=4))
    model.enter_stage(make_stage(train="sr"))
    model.enter_stage(Stage.from_config(dict(name="t", iters=1, train="fc", losses=[PIXEL])))
    free = [name for name, p in fc.named_parameters() if p.requires_grad]
    assert free == [
        "layers.0.bias",
        *(f"layers.{i}.{n}" for i in (1, 3) for n in ("weight", "bias")),
    ]
    assert fc.training and not model.generator.sr.training


def test_a_stage_computes_its_terms_and_says_whether_it_restores(make_model, toy_run):
    model = make_model()
    model.enter_stage(make_stage(train="fc", losses=[LR_PIXEL]))
    batch = draw_batch(toy_run, model)
    assert set(model(batch, mode="loss")) == {"loss_lr"}
    assert not model.restores
    images = model(batch)
    assert images["hr_restored"] is None and images["hr_coarse"] is None
    assert images["lr_composite"].shape == (3, 3, 8, 8)
    full = dict(name="t", iters=1, train=["sr"], losses=[PIXEL])
    model.enter_stage(Stage.from_config(full))
    assert model.restores and model(batch)["hr_restored"].shape == (3, 3, 32, 32)


def test_where_the_face_is_enlarged_first_nothing_is_completed_at_low_resolution(
    make_model, toy_run
):
    parts = dict(fc=dict(type="ToyFC"), sr=dict(type="ToySR"), hr_side=32, scale=4)
    model = make_model(generator=dict(order="sr_first", **parts))
    model.enter_stage(make_stage(train="sr", separately=True, losses=[ENLARGED]))
    batch = draw_batch(toy_run, model)
    assert model(batch, mode="loss")["loss_enlarged"].requires_grad
    images = model(batch)
    assert images["lr_composite"] is None and images["hr_restored"].shape == (3, 3, 32, 32)


def test_terms_are_weighted_by_hand(make_model, toy_run):
    model = make_model()
    model.enter_stage(make_stage(losses=[{**PIXEL, "weight": 2.5}]))
    batch = draw_batch(toy_run, model)
    loss = model.eval()(batch, mode="loss")["loss_pixel"]
    restored = model.predict(batch)["hr_restored"]
    assert loss.item() == pytest.approx(2.5 * (restored - batch["hr_target"]).abs().mean().item())


def test_a_step_without_the_generator_leaves_its_terms_out(make_model, toy_run):
    model = make_model()
    parts = ["fc", "sr", "discriminator", "face_prior"]
    model.enter_stage(make_stage(train=parts, losses=[PIXEL, ADVERSARIAL, DISC, PRIOR]))
    batch = draw_batch(toy_run, model)
    losses = model(batch, mode="loss", updates_generator=False)
    assert set(losses) == {"loss_disc", "loss_prior"}


def test_val_step_gives_one_dict_of_cpu_tensors_an_image(make_model, toy_run):
    from fcsrlib.data import pack_faces
    from fcsrlib.registry import DATASETS

    model = make_model().eval()
    source = dict(type="TinyFaces", num_faces=3, bad=[1])
    dataset = DATASETS.build(
        dict(
            type="FaceDataset",
            source=source,
            replace_bad=False,
            pipeline=[dict(type="DrawHole", side=8)],
        )
    )
    predictions = model.val_step(pack_faces([dataset[i] for i in range(3)]))
    assert [one["name"] for one in predictions] == ["0_0.png", "0_2.png"]
    assert predictions[0]["hr_restored"].shape == (3, 32, 32)
    assert predictions[0]["hole_mask"].shape == (1, 8, 8)
    assert torch.equal(predictions[1]["landmarks"], torch.from_numpy(dataset[2]["landmarks"]))
    assert predictions[1]["landmark_known"].shape == (81,)
    assert predictions[1]["parsing_target"].shape == (16, 16)
    assert model.val_step(pack_faces([dataset[1]])) == []


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (
            dict(losses=[{**PIXEL, "inputs": dict(image="hr_restord", target="hr_target")}]),
            r"stage 's' reads \['hr_restord'\]; did you mean hr_restored\? a step has",
        ),
        (dict(train=["fc", "discriminator"]), "trains discriminator, but none of its terms reads"),
        (dict(train=["sr"], losses=[LR_PIXEL]), "trains sr, but none of its terms reads one of"),
        (dict(train=["fc"], separately=True), "trains fc, but none of its terms reads one of"),
        (
            dict(losses=[{**PIXEL, "inputs": dict(image="hr_enlarged", target="hr_target")}]),
            r"reads \['hr_enlarged'\], which ToyFC \+ ToySR does not make",
        ),
        (dict(train=["face_prior"], losses=[PIXEL]), "trains face_prior, but none"),
        (dict(losses=[PIXEL, PIXEL]), r"loss terms \['pixel'\] stand twice"),
        (
            dict(losses=[{**PRIOR, "inputs": dict(priors="sr_priors")}]),
            r"reads \['sr_priors'\], which ToyFC \+ ToySR does not make; drop those terms or",
        ),
        (
            dict(generator_interval=2),
            "generator_interval=2: in some iterations nothing would learn",
        ),
    ],
)
def test_a_stage_the_model_cannot_run_is_refused(make_model, stage, message):
    with pytest.raises(ConfigError, match=message):
        make_model().check_stage(make_stage(**stage))


def test_a_missing_part_that_no_term_reads_is_to_be_taken_out_of_train(make_model):
    with pytest.raises(ConfigError, match="configure one or take it out of `train`"):
        make_model(discriminator=None).check_stage(make_stage(train=["fc", "discriminator"]))


@pytest.mark.parametrize(
    ("part", "term", "train"),
    [
        ("discriminator", ADVERSARIAL, ["sr"]),
        ("face_prior", {**PRIOR, "inputs": dict(priors="restored_priors")}, ["sr"]),
        ("discriminator", PIXEL, ["sr", "discriminator"]),
    ],
)
def test_a_stage_that_needs_a_missing_part_is_refused(make_model, part, term, train):
    with pytest.raises(ConfigError, match=rf"needs a {part}, but model.{part} is None; configure"):
        make_model(**{part: None}).check_stage(make_stage(train=train, losses=[term]))


def test_terms_without_a_stage_are_refused(make_model):
    with pytest.raises(ConfigError, match=r"the model is in no stage; call enter_stage\(\)"):
        _ = make_model().losses


def test_a_given_face_prior_is_loaded_and_never_trained(make_model, tmp_path):
    path = tmp_path / "prior.pth"
    torch.save({"state_dict": make_model().state_dict()}, path)
    model = make_model(face_prior=dict(type="ToyFacePrior", weights=str(path)))
    stage = make_stage(train=["sr", "face_prior"], losses=[PIXEL, PRIOR])
    model.enter_stage(stage)
    assert model.trained_parts == {"sr"}
    assert not any(p.requires_grad for p in model.face_prior.parameters())
    with pytest.raises(ConfigError, match="nothing would learn"):
        model.check_stage(
            Stage.from_config(dict(name="t", iters=1, train=["face_prior"], losses=[PRIOR]))
        )


def test_terms_that_could_teach_a_given_face_prior_alone_are_left_out(make_model, tmp_path):
    of_restored = {**PRIOR, "name": "of_restored", "inputs": dict(priors="restored_priors")}
    priors = dict(image="restored_priors", target="target_priors")
    both = {**PIXEL, "name": "both", "inputs": priors}
    stage = make_stage(train=["sr", "face_prior"], losses=[PIXEL, PRIOR, of_restored, both])
    learning = make_model()
    kept = [term.name for term in learning.check_stage(stage).terms]
    assert kept == ["pixel", "prior", "of_restored", "both"]

    torch.save({"state_dict": learning.state_dict()}, tmp_path / "prior.pth")
    given = make_model(face_prior=dict(type="ToyFacePrior", weights=str(tmp_path / "prior.pth")))
    kept = [term.name for term in given.check_stage(stage).terms]
    assert kept == ["pixel", "of_restored", "both"]


def test_the_losses_own_networks_are_no_part_of_the_model(make_model):
    model = make_model()
    before = set(model.state_dict())
    model.enter_stage(make_stage())
    assert set(model.state_dict()) == before


def test_a_generator_starts_from_another_runs_average(make_model, tmp_path):
    source = make_model()
    average = {
        f"generator.{name}": torch.full_like(tensor, 0.25)
        for name, tensor in source.generator.state_dict().items()
    }
    path = tmp_path / "joint.pth"
    torch.save({"state_dict": source.state_dict(), "ema_state_dict": average}, path)
    model = make_model(generator_weights=path)
    assert all((p == 0.25).all() for p in model.generator.parameters())
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        make_model(generator_weights=tmp_path / "none.pth")
