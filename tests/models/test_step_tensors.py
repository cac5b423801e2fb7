from collections import Counter

import pytest
import torch

from fcsrlib.models import step_tensors as names
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.step_tensors import StepTensors
from fcsrlib.testing.toy import ToyDiscriminator, ToyFacePrior, ToyFC, ToySR


class Bench:
    """Tensors of one step, the parts that make them, and how often each part ran."""

    def __init__(self, tracks_generator=True):
        torch.manual_seed(0)
        self.generator = FCSRGenerator(fc=ToyFC(), sr=ToySR(scale=4), hr_side=32)
        self.parts = dict(
            fc=self.generator.fc,
            sr=self.generator.sr,
            discriminator=ToyDiscriminator(),
            face_prior=ToyFacePrior(),
        )
        self.calls = Counter()
        for name, part in self.parts.items():
            part.register_forward_hook(lambda *_, name=name: self.calls.update([name]))
        hole_mask = torch.zeros(2, 1, 8, 8)
        hole_mask[:, :, :4] = 1
        self.batch = dict(
            lr_masked=torch.rand(2, 3, 8, 8),
            hole_mask=hole_mask,
            lr_target=torch.rand(2, 3, 8, 8),
            hr_target=torch.rand(2, 3, 32, 32),
            name=["a", "b"],
        )
        self.tensors = StepTensors(
            self.batch,
            self.generator,
            self.parts["discriminator"],
            self.parts["face_prior"],
            tracks_generator,
        )

    def reached(self, value):
        """Return the parts that a gradient of ``value`` reaches."""
        value.sum().backward()
        return {
            name
            for name, part in self.parts.items()
            if any(p.grad is not None and p.grad.any() for p in part.parameters())
        }


@pytest.fixture
def bench():
    return Bench()


def test_the_adversarial_term_reaches_the_generator_only(bench):
    assert bench.reached(bench.tensors["restored_logits"]) == {"fc", "sr"}


def test_the_discriminators_terms_reach_the_discriminator_only(bench):
    value = bench.tensors["real_logits"] + bench.tensors["fake_logits"]
    assert bench.reached(value) == {"discriminator"}
    other = Bench()
    critic = other.tensors["discriminator"](other.tensors["hr_fake"])
    assert other.reached(critic) == {"discriminator"}


def test_priors_of_the_restored_face_reach_the_generator_only(bench):
    assert bench.reached(bench.tensors["restored_priors"].parsing) == {"fc", "sr"}


def test_priors_of_the_true_face_reach_the_prior_network_only(bench):
    assert bench.reached(bench.tensors["target_priors"].parsing) == {"face_prior"}


def test_one_backward_pass_gives_each_part_what_its_own_would(bench):
    def take(tensors):
        return (
            tensors["restored_logits"].mean()
            + (tensors["real_logits"] - 3 * tensors["fake_logits"]).mean()
            + tensors["restored_priors"].parsing.mean()
            + 2 * tensors["target_priors"].parsing.mean()
        )

    take(bench.tensors).backward()
    alone = Bench()
    (3 * -alone.tensors["fake_logits"] + alone.tensors["real_logits"]).mean().backward()
    for joint, own in zip(
        bench.parts["discriminator"].parameters(),
        alone.parts["discriminator"].parameters(),
        strict=True,
    ):
        assert torch.allclose(joint.grad, own.grad, atol=1e-7)


def test_every_name_costs_one_generator_forward(bench):
    made = bench.generator.fc_tensors | bench.generator.sr_tensors
    for name in made | names.NEED_DISCRIMINATOR:
        bench.tensors[name]
    assert bench.calls["fc"] == bench.calls["sr"] == 1
    assert bench.calls["discriminator"] == 3


def test_nothing_is_computed_that_is_not_asked_for(bench):
    bench.tensors["lr_composite"]
    assert bench.calls == {"fc": 1}


def test_the_generator_records_no_gradient_in_a_step_that_does_not_update_it():
    bench = Bench(tracks_generator=False)
    assert not bench.tensors["hr_restored"].requires_grad
    assert bench.reached(bench.tensors["fake_logits"]) == {"discriminator"}


def test_the_discriminator_is_given_the_hole_at_its_own_size(bench, monkeypatch):
    seen = []
    forward = bench.parts["discriminator"].forward

    def record(image, hole_mask=None):
        seen.append(hole_mask)
        return forward(image, hole_mask)

    monkeypatch.setattr(bench.parts["discriminator"], "forward", record)
    bench.tensors["restored_logits"], bench.tensors["real_logits"]
    expected = bench.batch["hole_mask"].repeat_interleave(4, -1).repeat_interleave(4, -2)
    assert len(seen) == 2 and all(torch.equal(mask, expected) for mask in seen)


def test_it_lists_every_name_once(bench):
    listed = list(bench.tensors)
    assert len(listed) == len(bench.tensors) == len(set(listed))
    absent = {"landmark_target", "landmark_known", "parsing_target"}  # not in this batch
    of_sr_first = {"hr_enlarged", "hr_completed"}
    others = absent | of_sr_first | names.OCCLUSION_TENSORS
    assert set(listed) == names.ALL_TENSORS - others
    assert "lr_completed" in bench.tensors and "hr_enlarged" not in bench.tensors
    assert not bench.calls  # asking what there is computes nothing


def test_an_unknown_name_is_a_key_error(bench):
    with pytest.raises(KeyError, match="hr_restord"):
        bench.tensors["hr_restord"]
