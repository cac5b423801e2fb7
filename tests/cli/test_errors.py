import subprocess
import sys

import pytest

from fcsrlib.cli.errors import run_or_explain
from fcsrlib.errors import ConfigError, FCSRError


def raise_(error):
    def main_function():
        raise error

    return main_function


def test_success_is_zero_and_an_own_exit_code_is_kept(capsys):
    assert run_or_explain(lambda: None) == 0
    assert run_or_explain(lambda: 7) == 7
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (FCSRError("no such\n   thing."), 2, "error: no such thing.\n"),
        (ConfigError("bad stage"), 2, "error: bad stage\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (ValueError("odd"), 1, "unexpected ValueError: odd: run again with --debug\n"),
    ],
)
def test_an_error_is_one_line_on_stderr_and_an_exit_code(capsys, error, code, line):
    assert run_or_explain(raise_(error)) == code
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize(("error", "code"), [(FCSRError("known"), 2), (ValueError("odd"), 1)])
def test_debug_shows_the_traceback_as_well(capsys, error, code):
    assert run_or_explain(raise_(error), debug=True) == code
    printed = capsys.readouterr().err
    assert printed.startswith("Traceback (most recent call last)")
    assert "main_function" in printed
    assert "run again" not in printed


def test_an_exit_that_was_asked_for_is_left_alone():
    with pytest.raises(SystemExit):
        run_or_explain(raise_(SystemExit(4)))


def test_a_reader_that_has_seen_enough_is_no_error():
    script = (
        "import sys; from fcsrlib.cli.errors import run_or_explain\n"
        "sys.exit(run_or_explain(lambda: [print('line') for _ in range(100000)] and None))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"line\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0
