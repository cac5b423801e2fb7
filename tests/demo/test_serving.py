"""Ports that are free or taken, and what is missing."""

import logging
import re
import socket
import sys
from contextlib import closing

import pytest

from fcsrlib.demo.serving import claim_port, is_worth_telling, serve
from fcsrlib.errors import ConfigError, MissingExtraError


def test_any_free_port_is_claimed_on_this_machine_only():
    with claim_port("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1" and port > 0
        with closing(socket.create_connection((host, port), timeout=5)):
            pass


def test_a_taken_port_is_told_with_one_that_is_free():
    with claim_port("127.0.0.1", 0) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            claim_port("127.0.0.1", taken)
    told = re.fullmatch(
        rf"port {taken} of 127.0.0.1 is taken; --port (\d+) is free.", str(caught.value)
    )
    with claim_port("127.0.0.1", int(told[1])) as free:
        assert free.getsockname()[1] == int(told[1]) != taken


@pytest.mark.parametrize(
    "host, port, message",
    [
        ("127.0.0.1", 65536, "--port is 65536; expected 0 to 65535"),
        ("127.0.0.1", -1, "--port is -1; expected 0 to 65535"),
        ("192.0.2.1", 0, "cannot be served at 192.0.2.1:0: "),  # nobody's address
        ("no such host", 0, "cannot be served at no such host:0: "),
    ],
)
def test_an_address_that_cannot_be_served_is_told(host, port, message):
    with pytest.raises(ConfigError, match=message):
        claim_port(host, port)


def test_without_gradio_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")
    with claim_port("127.0.0.1", 0) as listener:
        with pytest.raises(MissingExtraError, match=r"'gradio'.* pip install 'fcsrlib\[demo\]'"):
            serve(None, listener, print)


def test_a_browser_that_leaves_amid_an_upload_is_no_news():
    def make_record(error):
        told = (type(error), error, None)
        return logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Exception", (), told)

    requests = pytest.importorskip("starlette.requests")
    assert not is_worth_telling(make_record(requests.ClientDisconnect()))
    assert is_worth_telling(make_record(ValueError()))
    assert is_worth_telling(logging.LogRecord("a", logging.ERROR, "", 0, "text", (), None))
