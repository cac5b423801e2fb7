from collections import Counter

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict

from fcsrlib.data import pack_faces
from fcsrlib.models.fcsr_gan import FCSRGAN
from fcsrlib.models.stage import Stage
from fcsrlib.models.update import run_update, unwrap
from fcsrlib.registry import DATASETS

GENERATOR = {"fc", "sr"}


class Bench:
    """A model in a stage with one SGD a part."""

    def __init__(self, toy_run, train=None, losses=None, has_norm=True, **stage):
        torch.manual_seed(0)
        values = toy_run.make_config().model.to_dict()
        del values["type"]
        values["generator"].update(hr_side=32, scale=4)
        values["data_preprocessor"]["scale"] = 4
        self.model = FCSRGAN(**values)
        if not has_norm:
            for part in ("fc", "sr"):
                self.model.parts()[part].layers[1] = torch.nn.Identity()
        self.model.enter_stage(
            Stage.from_config(
                dict(
                    name="s",
                    iters=9,
                    train=train or ["fc", *toy_run.SR_PARTS],
                    losses=losses or [toy_run.FC_TERMS, toy_run.SR_TERMS],
                    **stage,
                )
            )
        )
        self.optimizers = OptimWrapperDict(
            **{
                name: OptimWrapper(torch.optim.SGD(part.parameters(), lr=0.1))
                for name, part in self.model.parts().items()
            }
        )
        dataset = DATASETS.build(
            dict(
                type="FaceDataset",
                source=dict(type="TinyFaces"),
                pipeline=[dict(type="DrawHole", side=8)],
            )
        )
        self.faces = [dataset[i] for i in range(8)]

    def update(self, *sizes, **options):
        batches, start = [], 0
        for size in sizes:
            batches.append(pack_faces(self.faces[start : start + size]))
            start += size
        torch.manual_seed(1)
        return run_update(self.model, batches, self.optimizers, **options)

    def weights(self):
        return {
            name: torch.cat([p.detach().flatten() for p in part.parameters()])
            for name, part in self.model.parts().items()
        }

    def changed(self, act):
        before = self.weights()
        act()
        after = self.weights()
        return {name for name in before if not torch.equal(before[name], after[name])}


@pytest.fixture
def make_bench(toy_run):
    return lambda **changes: Bench(toy_run, **changes)


def test_one_update_moves_every_part_of_the_stage_with_one_generator_forward(make_bench):
    bench = make_bench()
    calls = Counter()
    for name, part in bench.model.parts().items():
        part.register_forward_hook(lambda *_, name=name: calls.update([name]))
    assert bench.changed(lambda: bench.update(4)) == {"fc", "sr", "discriminator", "face_prior"}
    assert calls["fc"] == calls["sr"] == 1


def test_parts_outside_the_stage_keep_weights_and_buffers_bit_by_bit(make_bench, toy_run):
    bench = make_bench(train=["sr", "discriminator"], losses=toy_run.SR_TERMS[:4])
    state = {k: v.clone() for k, v in bench.model.state_dict().items()}
    assert bench.changed(lambda: bench.update(4)) == {"sr", "discriminator"}
    for name, tensor in bench.model.state_dict().items():
        if name.startswith(("generator.fc.", "face_prior.")):
            assert torch.equal(tensor, state[name]), name
    assert bench.model.state_dict()["generator.sr.layers.1.num_batches_tracked"] == 1


def test_the_simultaneous_update_equals_separate_ones(make_bench, toy_run):
    joint = make_bench(losses=[toy_run.SR_TERMS[:4]], train=["sr", "discriminator"])
    joint.update(4)
    for part, terms in (("sr", toy_run.SR_TERMS[:3]), ("discriminator", toy_run.SR_TERMS[3:4])):
        alone = make_bench(losses=terms, train=[part])
        if part == "discriminator":  # the generator's BatchNorm is still in a stage without it
            alone.model.generator.sr.train()
        alone.update(4)
        assert torch.allclose(alone.weights()[part], joint.weights()[part], atol=1e-7), part


def test_a_step_without_the_generator_moves_the_others_only(make_bench):
    bench = make_bench(generator_interval=2)
    assert bench.changed(lambda: bench.update(4, updates_generator=False)) == {
        "discriminator",
        "face_prior",
    }
    assert bench.changed(lambda: bench.update(4)) == {"fc", "sr", "discriminator", "face_prior"}


def test_two_micro_batches_of_four_equal_one_batch_of_eight(make_bench, toy_run):
    # Without the penalty, whose points are drawn for each micro-batch anew.
    losses = [toy_run.FC_TERMS, [t for t in toy_run.SR_TERMS if t["name"] != "penalty"]]
    whole, split = (make_bench(losses=losses, has_norm=False) for _ in range(2))
    one, two = whole.update(8), split.update(4, 4)
    for name, value in one.items():
        assert two[name].item() == pytest.approx(value.item(), rel=1e-5), name
    for part, weights in whole.weights().items():
        assert torch.allclose(weights, split.weights()[part], atol=1e-6), part


def test_the_terms_are_returned_detached_with_their_sum(make_bench, toy_run):
    outputs = make_bench().update(4)
    names = {term["name"] for term in [*toy_run.FC_TERMS, *toy_run.SR_TERMS]}
    assert set(outputs) == {f"loss_{name}" for name in names} | {"loss"}
    assert not any(value.requires_grad for value in outputs.values())
    terms = sum(value.item() for name, value in outputs.items() if name != "loss")
    assert outputs["loss"].item() == pytest.approx(terms, rel=1e-6)


def test_gradients_of_an_earlier_step_do_not_linger(make_bench):
    once, twice = make_bench(), make_bench()
    for part in twice.model.parts().values():
        for parameter in part.parameters():
            parameter.grad = torch.full_like(parameter, 1e3)
    once.update(4)
    twice.update(4)
    assert all(torch.equal(w, twice.weights()[name]) for name, w in once.weights().items())


def test_bf16_autocast_runs_on_a_processor_and_keeps_the_weights_float32(make_bench):
    exact, amp = make_bench(), make_bench()
    one, two = exact.update(4), amp.update(4, amp=True)
    assert amp.changed(lambda: amp.update(4, amp=True)) == set(amp.model.parts())
    assert all(p.dtype == torch.float32 for p in amp.model.parameters())
    assert all(value.dtype == torch.float32 for value in two.values())
    assert two["loss"].item() == pytest.approx(one["loss"].item(), rel=2e-2)


def test_unwrap_returns_a_bare_model_as_it_is(make_bench):
    model = make_bench().model
    assert unwrap(model) is model
