"""What tests of parts need, for this library's and for plugins': conformance checks and toys."""

from fcsrlib.testing.conformance import (
    check_discriminator,
    check_face_prior,
    check_fc_backbone,
    check_loss,
    check_part,
    check_sr_backbone,
)

__all__ = [
    "check_discriminator",
    "check_face_prior",
    "check_fc_backbone",
    "check_loss",
    "check_part",
    "check_sr_backbone",
]
