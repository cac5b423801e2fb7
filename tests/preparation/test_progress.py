import pytest

from fcsrlib.preparation import progress as module
from fcsrlib.preparation.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(module.time, "monotonic", lambda: Clock.now)
    return Clock


def test_rate_and_time_left_by_hand(clock):
    said = []
    progress = Progress("packed", 1000, 2, said.append)
    progress.skip(200)  # an earlier run's: not this one's speed
    clock.now += 1
    progress.add(100)
    assert said == []
    clock.now += 4
    progress.add(300)
    assert said == ["packed 600 of 1000, 80 images/s (40 a process), 5 s left"]
    clock.now += 5
    progress.add(400)
    progress.finish()
    assert said[-1] == (
        "packed: 1000 images, 200 of them by an earlier run; 80 images/s (40 a process); "
        "162770 would take 34 min"
    )


def test_nothing_done_says_no_rate(clock):
    said = []
    progress = Progress("packed", 5, 1, said.append)
    progress.skip(5)
    progress.finish()
    assert said == ["packed: 5 images, 5 of them by an earlier run"]
