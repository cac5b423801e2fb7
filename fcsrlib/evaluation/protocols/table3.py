"""Table 3: each block of a 2x2 grid hidden in turn (Fig. 8 a)."""

from fcsrlib.evaluation.conditions import make_grid
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_conditions

TABLE3 = HoleProtocol(
    name="table3",
    title="Table 3: each block of a 2x2 grid hidden in turn",
    conditions=make_grid(2, 2),
    lay_out=lay_out_conditions,
    paper={
        "psnr": {"values": [25.43, 25.67, 25.24, 25.62], "mean": 25.49, "std": 0.197},
        "mssim": {"values": [0.758, 0.759, 0.752, 0.760], "mean": 0.757, "std": 0.0036},
    },
)
