"""Everything registered is built with small arguments and put through the conformance checks."""

import pytest
import torch
from torch import nn

from fcsrlib import registry
from fcsrlib.errors import ContractError, UnknownComponentError
from fcsrlib.layers.mobilefacenet import MobileFaceNet
from fcsrlib.plugin import list_plugins, register_plugin, unregister_plugin
from fcsrlib.registry import SLOTS, Slot
from fcsrlib.testing import check_discriminator, check_part, toy


def write_random_face_net(folder):
    """Return arguments of a loss that needs a file of weights, which none ship for."""
    torch.manual_seed(0)
    torch.save(MobileFaceNet().state_dict(), folder / "random.pt")
    return dict(weights=str(folder / "random.pt"))


# Arguments, or a function that makes them, given an empty folder.
SMALL = {
    ("FC_BACKBONES", "PConvUNet"): dict(lr_side=16, base_channels=4, max_channels=8),
    ("FC_BACKBONES", "GFC"): dict(lr_side=16, base_channels=2),
    ("FC_BACKBONES", "SwiftFC"): dict(widths=(4, 4), num_blocks=(1, 1)),
    ("SR_BACKBONES", "SwiftSR"): dict(
        scale=4, widths=(4, 4), num_blocks=(1, 1), tail=(4,), num_tail_blocks=1
    ),
    ("SR_BACKBONES", "FSRNet"): dict(
        scale=4,
        channels=4,
        prior_channels=8,
        num_landmarks=5,
        num_classes=3,
        num_hourglasses=1,
        hourglass_depth=2,
        num_fine_blocks=1,
    ),
    ("SR_BACKBONES", "SRResNet"): dict(scale=4, channels=4, num_blocks=1),
    ("DISCRIMINATORS", "PatchGAN"): dict(channels=4),
    ("DISCRIMINATORS", "AuthorsDiscriminator"): dict(channels=2),
    ("DISCRIMINATORS", "GlobalLocalDiscriminator"): dict(channels=2),
    ("LOSSES", "AdversarialLoss"): {},
    ("LOSSES", "DiscriminatorLoss"): {},
    ("LOSSES", "FacePriorLoss"): {},
    ("LOSSES", "GradientPenalty"): {},
    ("LOSSES", "IdentityLoss"): write_random_face_net,
    ("LOSSES", "MaskLoss"): {},
    ("LOSSES", "PerceptualLoss"): {},
    ("LOSSES", "PixelLoss"): {},
    ("LOSSES", "SmoothLoss"): {},
    ("LOSSES", "StyleLoss"): {},
    ("FACE_PRIORS", "CompactPrior"): dict(
        num_landmarks=5, num_classes=3, channels=(4, 4, 4, 4), head_channels=4
    ),
    ("FACE_PRIORS", "HourglassPrior"): dict(
        num_landmarks=5,
        num_classes=3,
        channels=8,
        num_hourglasses=1,
        depth=2,
        num_blocks=1,
        stem_channels=4,
        head_channels=4,
    ),
}


def list_builtin_parts():
    return list_plugins()[0].parts


@pytest.mark.parametrize(("slot", "name"), list_builtin_parts())
def test_every_registered_part_keeps_its_contract(slot, name, tmp_path):
    assert (slot, name) in SMALL, (
        f"{name} is new in {slot}: add small constructor arguments for it to SMALL in this file."
    )
    torch.manual_seed(0)
    arguments = SMALL[slot, name]
    if callable(arguments):
        arguments = arguments(tmp_path)
    part = SLOTS[slot].build(dict(type=name, **arguments))
    check_part(slot, part)


def test_the_table_names_no_part_that_is_gone():
    assert set(SMALL) <= set(list_builtin_parts())


def test_toys_keep_their_contracts():
    record = register_plugin(toy, "toys")
    try:
        assert len(record.parts) == 4
        for slot, name in record.parts:
            check_part(slot, SLOTS[slot].build(dict(type=name)))
    finally:
        unregister_plugin("toys")


@pytest.fixture
def slot():
    return Slot("SR_BACKBONES")


def test_a_name_is_taken_only_once(slot):
    slot.add(nn.Identity, "Same")
    with pytest.raises(ContractError, match="'Same' is already registered by torch.nn.*another"):
        slot.add(nn.Flatten, "Same")
    assert slot._module_dict["Same"] is nn.Identity


def test_only_classes_are_registered(slot):
    with pytest.raises(ContractError, match="'oops' is function; expected a class"):
        slot.add(lambda: None, "oops")


def test_force_is_refused(slot):
    with pytest.raises(ContractError, match="register under a new name"):
        slot.register_module(force=True)(nn.Identity)


def test_the_decorator_registers_under_each_name_and_returns_the_class(slot):
    assert slot.register_module(name=["A", "B"])(nn.Identity) is nn.Identity
    assert set(slot.origins) == {"A", "B"}
    slot.register_module(module=nn.Flatten)
    assert "Flatten" in slot.origins


def test_an_unknown_name_gets_close_matches():
    with pytest.raises(UnknownComponentError, match="has no 'FSRNetwork'. Did you mean FSRNet"):
        registry.SR_BACKBONES.get("FSRNetwork")


def test_a_name_of_another_slot_is_an_error_that_says_so():
    with pytest.raises(UnknownComponentError, match="'PatchGAN' is a part of DISCRIMINATORS"):
        registry.SR_BACKBONES.build(dict(type="PatchGAN"))


def test_membership_and_length_neither_raise_nor_miss_the_built_ins():
    assert "FSRNet" in registry.SR_BACKBONES
    assert "fcsrlib.FSRNet" in registry.SR_BACKBONES
    assert "Nothing" not in registry.SR_BACKBONES
    assert 3 not in registry.SR_BACKBONES
    assert len(registry.LOSSES) >= 8


def test_wrong_arguments_are_explained_with_the_signature():
    with pytest.raises(ContractError, match="PatchGAN cannot be built.*width.*It takes.*channels"):
        registry.DISCRIMINATORS.build(dict(type="PatchGAN", width=3))


def test_arguments_for_a_part_that_takes_none_are_refused():
    with pytest.raises(ContractError, match=r"GradientPenalty cannot be built.*It takes \(\); got"):
        registry.LOSSES.build(dict(type="GradientPenalty", weight=3))


def test_a_config_without_type_is_refused():
    with pytest.raises(ContractError, match="has no 'type'"):
        registry.DISCRIMINATORS.build(dict(channels=3))


def test_what_is_built_already_is_passed_through():
    part = toy.ToyDiscriminator()
    assert registry.DISCRIMINATORS.build(part) is part
    check_discriminator(part, hr_side=16)
