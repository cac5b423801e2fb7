import numpy as np
import pytest
import torch

from fcsrlib.errors import CheckpointError, DataError
from fcsrlib.evaluation.identification import fine_tuning
from fcsrlib.evaluation.identification.face_pool import FacePool
from fcsrlib.evaluation.identification.fine_tuning import choose_batch, learning_rate, tune
from fcsrlib.evaluation.identification.options import TuneOptions
from fcsrlib.evaluation.identification.starting_network import make_network

OPTIONS = TuneOptions(iters=3, batch_size=2)


@pytest.fixture
def pool(tmp_path):
    """Return six faces of two people, dark and bright, one of which does not decode."""
    pool = FacePool(tmp_path / "pool", 6)
    noise = np.random.default_rng(0).integers(0, 60, (6, 128, 128))
    labels = np.array([0, 1, 0, 1, -1, 1])
    faces = (noise + 150 * (labels == 1)[:, None, None]).astype(np.uint8)
    pool.fill(lambda rows: (faces[list(rows)], labels[list(rows)]), 6, lambda done: None)
    return pool


def run(pool, path, say=lambda line: None):
    network = make_network(2, None, 0)
    losses = tune(network, pool, OPTIONS, 0, path, say)
    return network, losses


def test_an_interrupted_tuning_ends_with_the_weights_of_a_whole_one(pool, tmp_path, monkeypatch):
    whole, losses = run(pool, tmp_path / "whole.pth")
    step, count = fine_tuning._step, []

    def stop_in_the_second(*arguments):
        if count:
            raise KeyboardInterrupt
        count.append(1)
        return step(*arguments)

    monkeypatch.setattr(fine_tuning, "_step", stop_in_the_second)
    monkeypatch.setattr(fine_tuning, "SECONDS_BETWEEN_SAVES", 0.0)
    with pytest.raises(KeyboardInterrupt):
        run(pool, tmp_path / "state.pth")
    monkeypatch.setattr(fine_tuning, "_step", step)
    resumed, again = run(pool, tmp_path / "state.pth")
    assert again == losses and len(losses) == 3
    assert losses[0] == pytest.approx(np.log(2))  # people start equally likely
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not resumed.training


def test_a_request_to_stop_is_obeyed_after_the_batch_and_saved(pool, tmp_path, monkeypatch):
    import os
    import signal

    step = fine_tuning._step

    def ask_to_stop(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        return step(*arguments)

    monkeypatch.setattr(fine_tuning, "_step", ask_to_stop)
    said = []
    with pytest.raises(KeyboardInterrupt):
        run(pool, tmp_path / "state.pth", said.append)
    assert said == ["stopped; the same command continues from there"]
    assert len(torch.load(tmp_path / "state.pth", weights_only=True)["losses"]) == 1


def test_every_epoch_takes_each_face_once_in_an_order_of_its_own():
    batches = [choose_batch(10, 4, seed=0, iteration=number) for number in range(5)]
    places = np.concatenate(batches)
    assert all(len(batch) == 4 for batch in batches)
    first, second = places[:10], places[10:]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()


def test_a_batch_may_be_larger_than_the_pool():
    assert np.bincount(choose_batch(2, 6, 0, 1)).tolist() == [3, 3]


def test_the_rate_falls_along_half_a_cosine():
    rates = [learning_rate(TuneOptions(iters=4, lr=2.0), iteration) for iteration in range(5)]
    assert rates == pytest.approx([2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5, 0])


def test_signals_of_faces_keep_their_size_through_a_random_network():
    faces = torch.rand(8, 1, 128, 128, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        vectors = make_network(2, None, 0)(faces)
    assert 0.01 < vectors.std(0).mean() < 10


def test_weights_of_a_file_are_taken_without_their_classifier(tmp_path):
    source = make_network(7, None, 5)
    torch.save({"state_dict": source.state_dict()}, tmp_path / "light.pth")
    network = make_network(3, tmp_path / "light.pth", 0)
    for one, other in zip(source.trunk.parameters(), network.trunk.parameters(), strict=True):
        assert torch.equal(one, other)
    assert network.classifier.weight.shape == (3, 256)
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        make_network(3, tmp_path / "none.pth", 0)


def test_a_pool_without_a_readable_face_is_refused(tmp_path):
    pool = FacePool(tmp_path / "pool", 1)
    pool.fill(
        lambda rows: (np.zeros((1, 128, 128), np.uint8), np.array([-1])), 1, lambda done: None
    )
    with pytest.raises(DataError, match="no training face could be read"):
        run(pool, tmp_path / "state.pth")
