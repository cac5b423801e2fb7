"""``fcsr demo``: what its flags reach, and its errors in one line."""

import pytest

from fcsrlib.cli import main
from fcsrlib.demo import serving
from fcsrlib.inference.restorer import Restorer


class Toy:
    lr_side, hr_side = 32, 128


@pytest.fixture(autouse=True)
def untuned(monkeypatch):
    monkeypatch.setattr("fcsrlib.cli.demo.tune_process", lambda: None)


@pytest.fixture
def served(monkeypatch):
    """Note what would be served instead of serving it."""
    served, opened = [], []

    def serve(answers, listener, tell):
        served.append((answers, listener.getsockname()))
        tell("http://127.0.0.1:1")

    class Now:
        def __init__(self, target, args, daemon):
            self.start = lambda: target(*args)

    monkeypatch.setattr(serving, "serve", serve)
    monkeypatch.setattr("fcsrlib.cli.demo.Thread", Now)
    monkeypatch.setattr("webbrowser.open", opened.append)
    return served, opened


def run(capsys, *arguments):
    code = main(["demo", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_the_address_is_one_line_and_the_browser_opens(capsys, served):
    code, printed, told = run(capsys, "--port", 0)
    assert (code, told) == (0, "")
    assert printed == "the page is at http://127.0.0.1:1 (Ctrl-C ends it)\n"
    (((_, (host, port)),), opened) = served
    assert host == "127.0.0.1" and port > 0 and opened == ["http://127.0.0.1:1"]


def test_model_and_device_reach_the_network_and_no_browser_opens(capsys, served, monkeypatch):
    loaded = []

    def load(name, *, device):
        loaded.append((name, str(device)))
        return Toy()

    monkeypatch.setattr(Restorer, "from_pretrained", load)
    flags = ("--port", 0, "--no-browser", "--model", "mine", "--device", "cpu")
    assert run(capsys, *flags)[0] == 0
    (((answers, _),), opened) = served
    assert loaded == [("mine", "cpu")] and not opened
    assert answers.models.offers[0].label == "mine (x4)"


def test_a_taken_port_is_one_line_and_code_two(capsys, served):
    with serving.claim_port("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        code, printed, told = run(capsys, "--port", port)
    assert (code, printed, told.count("\n")) == (2, "", 1)
    assert told.startswith(f"error: port {port} of 127.0.0.1 is taken; --port ")
    assert served == ([], [])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--model", "no_such_model"], "error: 'no_such_model' is no file and no released model"),
        (["--device", "toaster"], "error: device 'toaster' cannot be used here"),
    ],
)
def test_what_cannot_be_served_is_told_before_the_page_opens(capsys, served, arguments, message):
    code, _, told = run(capsys, "--port", 0, *arguments)
    assert code == 2 and told.startswith(message)
    assert served == ([], [])
