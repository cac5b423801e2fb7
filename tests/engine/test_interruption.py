import os
import signal
import threading

import pytest
import torch

from fcsrlib.engine import interruption
from fcsrlib.engine.interruption import catch_stop_requests

CPU = torch.device("cpu")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_becomes_a_request_and_handlers_are_put_back(number):
    before = signal.getsignal(number)
    with catch_stop_requests() as request:
        assert not request.is_agreed(CPU)
        os.kill(os.getpid(), number)
        assert request.is_agreed(CPU)
    assert signal.getsignal(number) is before


def test_a_second_signal_stops_at_once_but_a_doubled_one_does_not(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(interruption.time, "monotonic", lambda: now[0])
    with catch_stop_requests() as request:
        request.ask(2, None)
        now[0] = 0.1
        request.ask(2, None)
        now[0] = 1.5
        with pytest.raises(KeyboardInterrupt):
            request.ask(2, None)


def test_outside_the_main_thread_signals_are_left_alone():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with catch_stop_requests() as request:
            seen.append((signal.getsignal(signal.SIGINT), request.is_agreed(CPU)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(before, False)]
