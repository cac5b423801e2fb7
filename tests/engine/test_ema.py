import pytest
import torch

from fcsrlib.engine import MovingAverageHook, train
from fcsrlib.engine.ema import averaged_weights
from fcsrlib.errors import ConfigError


def find_hook(runner):
    return next(hook for hook in runner.hooks if isinstance(hook, MovingAverageHook))


def copy_generator(runner):
    state = runner.model.generator.state_dict(prefix="generator.")
    return {name: tensor.clone() for name, tensor in state.items()}


@pytest.fixture
def followed(toy_run, tmp_path):
    """Run all stages; return the runner and the generator after each iteration, from 0."""
    runner = toy_run.make_runner(toy_run.make_config(), tmp_path)
    states = [copy_generator(runner)]
    runner.register_hook(toy_run.Watch(after=lambda *_: states.append(copy_generator(runner))))
    runner.train()
    return runner, states


def average_by_hand(states, name, iterations):
    average = states[0][name].double()
    for count, iteration in enumerate(iterations, 1):
        decay = min(0.9, (1 + count) / (10 + count))
        average = decay * average + (1 - decay) * states[iteration][name].double()
    return average


def test_each_part_is_averaged_over_its_own_updates(followed):
    runner, states = followed
    average = find_hook(runner)._average
    assert set(average) == set(states[0])
    for part, iterations in (("fc", [1, 2, 3, 4, 9, 10, 11, 12]), ("sr", range(5, 13))):
        for name in (
            f"generator.{part}.layers.0.weight",
            f"generator.{part}.layers.1.running_var",
        ):
            expected = average_by_hand(states, name, iterations)
            assert torch.allclose(average[name].double(), expected, atol=1e-6), name
        count = f"generator.{part}.layers.1.num_batches_tracked"
        assert torch.equal(average[count], states[12][count])
    assert find_hook(runner).num_updates == {"fc": 8, "sr": 8}


def test_the_model_ends_with_its_own_weights_not_the_average(followed):
    runner, states = followed
    final = copy_generator(runner)
    assert all(torch.equal(final[name], states[12][name]) for name in final)


def test_validation_sees_the_average_of_the_same_iteration(toy_run, tmp_path, monkeypatch):
    seen = []
    runner = toy_run.make_runner(toy_run.make_config(), tmp_path)
    predict = type(runner.model).predict

    def record(model, batch):
        if not model.training and model.generator.fc.training is False:
            seen.append(
                (runner.iter, toy_run.digest_state(model.generator.state_dict(prefix="generator.")))
            )
        return predict(model, batch)

    monkeypatch.setattr(type(runner.model), "predict", record)
    averages = {}

    def keep(runner, *_):
        average = find_hook(runner)._average
        averages[runner.iter] = toy_run.digest_state(average)

    runner.register_hook(toy_run.Watch(after=keep))
    runner.train()
    # Validations and previews after iteration n (runner.iter is still n - 1) see its average.
    ends = [(number, digest) for number, digest in seen if number in (3, 7, 11)]
    assert len(ends) >= 6
    assert all(digest == averages[number] for number, digest in ends)


def test_the_average_is_swapped_in_and_out_bit_by_bit(followed):
    runner, states = followed
    hook = find_hook(runner)
    average = {name: tensor.clone() for name, tensor in hook._average.items()}
    with averaged_weights(runner):
        held = copy_generator(runner)
        assert all(torch.equal(held[name], average[name]) for name in average)
        assert any(not torch.equal(held[name], states[12][name]) for name in held)
    assert all(torch.equal(t, states[12][n]) for n, t in copy_generator(runner).items())
    assert all(torch.equal(hook._average[name], average[name]) for name in average)


def test_it_is_saved_under_the_models_names_and_resumed_exactly(toy_run, followed):
    runner, _ = followed
    hook, fresh = find_hook(runner), MovingAverageHook()
    checkpoint = {"meta": {}}
    hook.before_save_checkpoint(runner, checkpoint)
    own = {name for name in runner.model.state_dict() if name.startswith("generator.")}
    assert set(checkpoint["ema_state_dict"]) == own
    fresh.after_load_checkpoint(runner, checkpoint)
    assert toy_run.digest_state(fresh._average) == toy_run.digest_state(hook._average)
    assert fresh.num_updates == hook.num_updates
    fresh._average["generator.fc.layers.0.weight"].zero_()
    assert hook._average["generator.fc.layers.0.weight"].any()  # nothing is shared


def test_iterations_without_a_generator_update_do_not_count(toy_run, tmp_path):
    stage = dict(
        name="gan",
        iters=6,
        train=["sr", "discriminator"],
        losses=toy_run.SR_TERMS[:4],
        generator_interval=3,
    )
    runner = train(toy_run.make_config([stage]), work_dir=tmp_path)
    assert find_hook(runner).num_updates == {"sr": 2}


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_an_impossible_decay_is_refused(decay):
    with pytest.raises(ConfigError, match=f"decay={decay}; expected 0 <= decay < 1"):
        MovingAverageHook(decay)
