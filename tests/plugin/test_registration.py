"""Plugins that are registered in this process, without being installed."""

import types

import pytest
from torch import nn

from fcsrlib.errors import PluginLoadError
from fcsrlib.plugin import hookimpl, list_plugins, register_plugin, unregister_plugin
from fcsrlib.registry import LOSSES


class InProcess:
    @hookimpl
    def register_losses(self, register):
        register(nn.L1Loss, name="InProcessLoss")


def test_a_plugin_registers_and_unregisters_in_this_process(site):
    record = register_plugin(InProcess(), "mine")
    assert record.parts == [("LOSSES", "InProcessLoss")]
    assert LOSSES.get("InProcessLoss") is nn.L1Loss
    with pytest.raises(PluginLoadError, match="plugin 'mine' is already registered"):
        register_plugin(InProcess(), "mine")
    with pytest.raises(PluginLoadError, match="'InProcessLoss' is already registered by mine"):
        register_plugin(InProcess(), "again")
    unregister_plugin("mine")
    assert "InProcessLoss" not in LOSSES
    register_plugin(InProcess(), "mine")
    assert "InProcessLoss" in LOSSES


def test_a_failed_in_process_plugin_leaves_nothing_and_may_be_tried_again(site):
    broken = types.ModuleType("broken")
    broken.register_losses = lambda register: None
    with pytest.raises(PluginLoadError, match="not marked"):
        register_plugin(broken, "mine")
    assert "mine" not in [record.name for record in list_plugins()]
    register_plugin(InProcess(), "mine")


def test_registering_inside_an_except_block_keeps_the_parts(site):
    try:
        raise ValueError
    except ValueError:
        register_plugin(InProcess(), "mine")
    assert "InProcessLoss" in LOSSES


def test_unregistering_a_stranger_names_those_that_are_known(site):
    with pytest.raises(PluginLoadError, match="no plugin 'x' is registered; there are: fcsrlib"):
        unregister_plugin("x")
