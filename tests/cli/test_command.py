import json
import re

import pytest

import fcsrlib
from fcsrlib.cli import main
from fcsrlib.plugin import PluginRecord
from fcsrlib.registry import SLOTS


def run(capsys, *arguments):
    code = main(arguments)
    return code, capsys.readouterr().out


@pytest.fixture
def failed_plugin(monkeypatch):
    from fcsrlib.plugin import loader

    fcsrlib.list_plugins()
    record = PluginRecord("sad", "sad-plugin 1.0", failure="import failed: [bold]boom")
    monkeypatch.setitem(loader._state.records, "sad", record)


def test_help_shows_no_markup_of_docstrings(capsys):
    for command in ("restore", "export", "demo", "list", "models", "version"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert "``" not in capsys.readouterr().out


def test_list_shows_every_part_with_its_slot_and_plugin(capsys):
    code, printed = run(capsys, "list")
    assert code == 0
    for slot in SLOTS.values():
        for name in slot.list_names():
            assert re.search(rf"{slot.slot} +{name} +{slot.origins[name]}", printed)


def test_list_can_be_limited_to_a_slot(capsys):
    _, printed = run(capsys, "list", "--slot", "FACE_PRIORS")
    assert "HourglassPrior" in printed
    assert "PatchGAN" not in printed


def test_list_is_json_on_request(capsys):
    _, printed = run(capsys, "list", "--json", "--slot", "SR_BACKBONES")
    parts = {part["name"]: part for part in json.loads(printed)["parts"]}
    assert parts["FSRNet"]["slot"] == "SR_BACKBONES"
    assert parts["FSRNet"]["plugin"] == "fcsrlib"
    assert parts["FSRNet"]["origin"] == "fcsrlib.plugin.builtin"
    assert parts["FSRNet"]["summary"]


def test_list_names_failed_plugins_and_their_reasons(capsys, failed_plugin):
    _, printed = run(capsys, "list")
    assert "Plugins that were not loaded:" in printed
    assert "sad (sad-plugin 1.0): import failed: [bold]boom" in printed
    _, printed = run(capsys, "list", "--json")
    assert json.loads(printed)["failed"] == [
        {"plugin": "sad", "origin": "sad-plugin 1.0", "reason": "import failed: [bold]boom"}
    ]


def test_version_names_the_library_and_what_it_stands_on(capsys):
    code, printed = run(capsys, "version")
    assert code == 0
    assert f"fcsrlib {fcsrlib.__version__}" in printed
    assert "torch " in printed and "mmengine " in printed


def test_the_version_flag_prints_one_line_and_exits(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"fcsrlib {fcsrlib.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["list", "--slot", "NOTHING"]])
def test_a_wrong_command_line_exits_with_two_and_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: fcsr" in capsys.readouterr().err
