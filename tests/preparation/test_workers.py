import os
import signal
import time

import pytest

from fcsrlib.preparation.workers import run_all


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_amid_a_fork_is_not_lost_and_ends_the_workers(ending):
    armed = [True]
    os.register_at_fork(before=lambda: armed and armed.pop() and os.kill(os.getpid(), ending))
    before = signal.signal(ending, signal.default_int_handler)
    begin = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run_all(time.sleep, [60, 60], workers=2))
    finally:
        signal.signal(ending, before)
    assert not armed and time.monotonic() - begin < 50
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM}
