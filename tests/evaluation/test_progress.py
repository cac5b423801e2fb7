from fcsrlib.evaluation import progress
from fcsrlib.evaluation.progress import Progress


def test_a_line_comes_every_ten_seconds_with_the_time_that_is_left(monkeypatch):
    now, said = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    told = Progress("measured", total=100, done=20, say=said.append)
    for second, done in ((5, 25), (10, 30), (19, 39), (20, 40)):
        now[0] = second
        told.tell(done)
    assert said == ["measured 30 of 100, 70 s left", "measured 40 of 100, 60 s left"]
