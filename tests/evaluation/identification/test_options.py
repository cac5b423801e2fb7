import pytest

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.identification.options import OPTIONS, TuneOptions, check_options


def check(**changes):
    return check_options({**OPTIONS, **changes})


def test_the_defaults_are_the_papers_embedder_on_its_own_kind_of_gallery():
    options = check()
    assert (options.embedder, options.gallery, options.gallery_draws) == ("lightcnn9", "same", 10)
    assert options.tune == TuneOptions()


def test_the_schedule_can_come_as_pairs_of_a_command_line():
    given = ["iters=7", "lr=1e-4", "bf16=True"]
    assert check(tune=given).tune == TuneOptions(iters=7, lr=1e-4, bf16=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(embedder="dlip"), "--embedder is 'dlip'; expected lightcnn9, dlib"),
        (dict(gallery="true"), "--gallery is 'true'; expected one of same, ground_truth"),
        (dict(gallery_draws=0), "--gallery-draws is 0; expected at least 1"),
        (dict(tune=dict(iter=3)), "--tune has no 'iter'; expected some of iters, batch_size"),
        (dict(tune=dict(iters="many")), "--tune iters is 'many'; expected int"),
        (dict(tune=dict(iters=True)), "--tune iters is True; expected int"),
        (dict(tune=dict(batch_size=0)), "--tune has iters 2000, batch_size 0"),
        (dict(tune=["iters"]), "--tune got 'iters'; expected KEY=VALUE"),
        (dict(tune=dict(iters=0)), "LightCNN-9 would be random; give one of the two"),
        (dict(embedder="dlib", tune=dict(iters=3)), "--tune is for lightcnn9 only"),
        (dict(embedder="dlib", embedder_weights="a.pth"), "--embedder-weights is for lightcnn9"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        check(**changes)


def test_untuned_weights_of_a_file_are_allowed():
    assert check(embedder_weights="light.pth", tune=dict(iters=0)).embedder_weights == "light.pth"
