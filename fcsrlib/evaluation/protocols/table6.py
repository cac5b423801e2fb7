"""Table 6: compounds side by side, a random quarter of the area hidden (Fig. 10)."""

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_methods

_ROWS = (
    ("GFC", "SRResNet", 4, 22.23, 0.657),
    ("PConvUNet", "SRResNet", 4, 22.57, 0.669),
    ("GFC", "FSRNet", 4, 24.05, 0.749),
    ("PConvUNet", "FSRNet", 4, 24.75, 0.761),
    ("GFC", "FSRNet", 8, 23.01, 0.698),
    ("PConvUNet", "FSRNet", 8, 23.77, 0.710),
)

TABLE6 = HoleProtocol(
    name="table6",
    title="Table 6: compounds side by side, a quarter of the area hidden",
    conditions=(Condition("quarter", "a quarter", {"kind": "random_quarter"}),),
    lay_out=lay_out_methods,
    paper=[dict(zip(("fc", "sr", "scale", "psnr", "mssim"), row, strict=True)) for row in _ROWS],
)
