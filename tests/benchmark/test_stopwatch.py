import time

from fcsrlib.benchmark.stopwatch import time_call, time_in_turns


def test_a_call_is_timed_as_long_as_it_takes(cpu):
    assert 0.01 <= time_call(lambda: time.sleep(0.01), cpu) < 1


def test_calls_take_turns_until_each_has_had_its_seconds(cpu):
    order = []

    def make(name, seconds):
        def call():
            order.append(name)
            time.sleep(seconds)

        return call

    taken = time_in_turns({"short": make("short", 0.01), "long": make("long", 0.2)}, 0.1, cpu)
    assert order[:3] == ["short", "long", "short"]
    assert len(taken["long"]) == 1
    assert order.count("short") == len(taken["short"]) > 1
