import pytest

from fcsrlib.errors import ConfigError
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.order import build_generator
from fcsrlib.models.sr_first import SRFirstGenerator
from fcsrlib.testing.toy import ToyFC, ToySR


def test_the_order_chooses_which_part_runs_first():
    parts = dict(fc=ToyFC(), sr=ToySR(scale=4), hr_side=32)
    assert type(build_generator(**parts)) is FCSRGenerator
    assert type(build_generator(order="sr_first", **parts)) is SRFirstGenerator


def test_another_order_is_refused():
    with pytest.raises(ConfigError, match="order is 'both'; expected one of"):
        build_generator(order="both", fc=ToyFC(), sr=ToySR(scale=4))
