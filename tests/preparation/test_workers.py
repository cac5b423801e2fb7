import os
import signal
import threading
import time

import pytest

from fcsrlib.preparation.workers import run_all


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("with_thread", [False, True])
def test_ctrl_c_amid_a_fork_is_not_lost_and_ends_the_workers(ending, with_thread):
    over = threading.Event()
    if with_thread:  # it may be handed the signal instead
        threading.Thread(target=over.wait, daemon=True).start()
    armed = [True]

    def end():
        if armed and armed.pop():
            os.kill(os.getpid(), ending)
            time.sleep(0.1)

    os.register_at_fork(before=end)
    before = signal.signal(ending, signal.default_int_handler)
    begin = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run_all(time.sleep, [9, 9], workers=2))
    finally:
        signal.signal(ending, before)
        over.set()
    assert not armed and time.monotonic() - begin < 8
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM}
