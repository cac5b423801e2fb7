import os
import re
import subprocess
import sys
import threading

import pytest
from torch import nn

import fcsrlib
from fcsrlib.errors import PluginLoadError, UnknownComponentError
from fcsrlib.plugin import (
    list_failures,
    list_plugins,
    load_plugins,
    loader,
)
from fcsrlib.registry import FC_BACKBONES, LOSSES, SLOTS, SR_BACKBONES

GOOD = """
import fcsrlib
from torch import nn

class {name}(nn.Module):
    scale = 2

@fcsrlib.hookimpl
def register_sr_backbones(register):
    register({name})
"""


def find(name):
    return next(record for record in list_plugins() if record.name == name)


def test_an_installed_plugin_is_found_and_its_part_built_by_name(install):
    module = install("good", GOOD.format(name="GoodSR"))
    assert SR_BACKBONES.build(dict(type="GoodSR")).scale == 2
    assert find("good").parts == [("SR_BACKBONES", "GoodSR")]
    assert find("good").origin == f"{module} 1.2"
    assert SR_BACKBONES.origins["GoodSR"] == "good"
    assert list_plugins()[0].name == "fcsrlib"


def test_an_object_with_hooks_can_be_the_entry_point(install):
    source = """
        import fcsrlib
        from torch import nn

        class Plugin:
            @fcsrlib.hookimpl
            def register_losses(self, register):
                register(nn.L1Loss, name="Renamed")

        plugin = Plugin()
    """
    install("object", source, target="{module}:plugin")
    assert LOSSES.get("Renamed") is nn.L1Loss


FAILURES = {
    "import": ("raise RuntimeError('boom')", "import failed: RuntimeError: boom"),
    "exit": ("raise SystemExit(3)", "import failed: SystemExit: 3"),
    "syntax": ("def", "import failed: SyntaxError"),
    "package": ("import no_such_package", "import failed: ModuleNotFoundError"),
    "misspelt": (
        """
        import fcsrlib

        @fcsrlib.hookimpl
        def register_sr_backbone(register):
            pass
        """,
        "unknown hook 'register_sr_backbone'.*the hooks are: .*register_sr_backbones",
    ),
    "unmarked": (
        """
        def register_sr_backbones(register):
            pass
        """,
        "register_sr_backbones is not marked; put @fcsrlib.hookimpl above it",
    ),
    "argument": (
        """
        import fcsrlib

        @fcsrlib.hookimpl
        def register_losses(registry):
            pass
        """,
        "registry.*the hooks are",
    ),
    "hook": (
        """
        import fcsrlib

        @fcsrlib.hookimpl
        def register_losses(register):
            raise ValueError("no luck")
        """,
        "a hook raised ValueError: no luck",
    ),
    "hook_exit": (
        """
        import fcsrlib

        @fcsrlib.hookimpl
        def register_losses(register):
            raise SystemExit("bye")
        """,
        "a hook raised SystemExit: bye",
    ),
    "function": (
        """
        import fcsrlib

        @fcsrlib.hookimpl
        def register_losses(register):
            register(print)
        """,
        "LOSSES: 'print' is builtin_function_or_method; expected a class",
    ),
    "duplicate": (GOOD.format(name="FSRNet"), "'FSRNet' is already registered by fcsrlib"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_broken_plugin_fails_alone_and_says_why(install, caplog, kind):
    source, reason = FAILURES[kind]
    install("a_broken_one", source)
    install("good", GOOD.format(name="GoodSR"))
    assert "GoodSR" in SR_BACKBONES
    assert "FSRNet" in SR_BACKBONES
    failure = list_failures()["a_broken_one"]
    assert re.search(reason, failure)
    assert "\n" not in failure
    assert "plugin 'a_broken_one' was not loaded" in caplog.text
    assert find("a_broken_one").parts == []


def test_a_plugin_counts_whole_or_not_at_all(install):
    source = """
        import fcsrlib
        from torch import nn

        @fcsrlib.hookimpl
        def register_fc_backbones(register):
            register(nn.Identity, "HalfFC")

        @fcsrlib.hookimpl
        def register_losses(register):
            register(nn.L1Loss, "HalfLoss")
            register(nn.L1Loss, "PixelLoss")
    """
    install("half", source)
    assert "'PixelLoss' is already registered" in list_failures()["half"]
    assert "HalfFC" not in FC_BACKBONES
    assert "HalfLoss" not in LOSSES
    assert LOSSES.origins["PixelLoss"] == "fcsrlib"


def test_what_a_failing_plugin_registered_by_decorator_is_undone_too(install):
    source = """
        from fcsrlib.registry import SR_BACKBONES
        from torch import nn

        @SR_BACKBONES.register_module()
        class DecoratedSR(nn.Module):
            pass

        raise RuntimeError("too late")
    """
    install("decorated", source)
    assert "too late" in list_failures()["decorated"]
    assert "DecoratedSR" not in SR_BACKBONES


def test_an_unknown_name_points_to_the_plugin_that_failed(install):
    install("wanted", "import no_such_package")
    with pytest.raises(UnknownComponentError, match="failed to load: wanted: import failed"):
        SR_BACKBONES.get("WantedSR")


def test_of_two_plugins_with_one_name_the_first_stays_and_both_are_listed(install):
    first = install("twin", GOOD.format(name="FirstSR"))
    second = install("twin", GOOD.format(name="SecondSR"))
    names = {record.name: record.failure for record in list_plugins()}
    kept = {"FirstSR", "SecondSR"} & set(SR_BACKBONES.list_names())
    assert len(kept) == 1
    loser = second if kept == {"FirstSR"} else first
    assert "the plugin name 'twin' is taken by" in names[f"twin ({loser} 1.2)"]


def test_nobody_takes_the_name_of_the_built_ins(install):
    install("fcsrlib", GOOD.format(name="ImpostorSR"))
    assert "ImpostorSR" not in SR_BACKBONES
    assert "taken by fcsrlib.plugin.builtin" in "".join(list_failures().values())


def test_the_environment_variable_limits_the_plugins(install, monkeypatch):
    install("one", GOOD.format(name="OneSR"))
    install("two", GOOD.format(name="TwoSR"))
    monkeypatch.setenv("FCSRLIB_PLUGINS", " two , three")
    assert "OneSR" not in SR_BACKBONES
    assert "TwoSR" in SR_BACKBONES
    assert list_failures() == {"three": "named in FCSRLIB_PLUGINS but not installed"}


def test_an_empty_environment_variable_leaves_the_built_ins_only(install, monkeypatch):
    install("one", "raise RuntimeError('never imported')")
    monkeypatch.setenv("FCSRLIB_PLUGINS", "")
    assert [record.name for record in list_plugins()] == ["fcsrlib"]
    assert "FSRNet" in SR_BACKBONES


def test_threads_that_ask_at_once_load_the_plugins_once(install):
    install("slow", "import time; time.sleep(0.2)" + GOOD.format(name="SlowSR"))
    found, errors = [], []

    def ask():
        try:
            found.append(SR_BACKBONES.get("SlowSR"))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(found) == 8 and len(set(found)) == 1


def test_an_interrupted_load_starts_afresh(install, monkeypatch):
    install("good", GOOD.format(name="GoodSR"))

    def interrupt(entry):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loader, "_load_entry_point", interrupt)
        with pytest.raises(KeyboardInterrupt):
            load_plugins()
    assert not any(slot.origins for slot in SLOTS.values())
    assert {"FSRNet", "GoodSR"} <= set(SR_BACKBONES.list_names())


def test_a_plugin_may_look_into_a_slot_while_it_loads(install):
    source = """
        import fcsrlib

        class Derived(fcsrlib.SR_BACKBONES.get("FSRNet")):
            pass

        @fcsrlib.hookimpl
        def register_sr_backbones(register):
            register(Derived)
    """
    install("derived", source)
    assert issubclass(SR_BACKBONES.get("Derived"), SR_BACKBONES.get("FSRNet"))


def test_a_class_with_a_built_in_name_is_explained(site):
    SR_BACKBONES.register_module(name="FSRNet")(nn.Identity)
    try:
        with pytest.raises(PluginLoadError, match="'FSRNet' is already registered by torch.nn"):
            fcsrlib.list_plugins()
    finally:
        SR_BACKBONES.remove("FSRNet")


def test_a_fresh_process_finds_plugins_and_keeps_their_prints_out_of_the_answer(install, site):
    install("good", GOOD.format(name="GoodSR"))
    install("chatty", "print('hello from a plugin')" + GOOD.format(name="ChattySR"))
    install("broken", "raise RuntimeError('boom')")
    command = [sys.executable, "-c", "from fcsrlib.cli import main; raise SystemExit(main())"]
    path = os.pathsep.join([str(site), os.getcwd()])
    done = subprocess.run(
        [*command, "list", "--slot", "SR_BACKBONES"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"SR_BACKBONES +GoodSR +good", done.stdout)
    assert re.search(r"SR_BACKBONES +ChattySR +chatty", done.stdout)
    assert "hello from a plugin" not in done.stdout
    assert "broken" in done.stdout and "import failed: RuntimeError: boom" in done.stdout
