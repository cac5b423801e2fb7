"""Table 4: each block of a 3x3 grid hidden in turn (Fig. 8 b)."""

from fcsrlib.evaluation.conditions import make_grid
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_conditions

TABLE4 = HoleProtocol(
    name="table4",
    title="Table 4: each block of a 3x3 grid hidden in turn",
    conditions=make_grid(3, 3),
    lay_out=lay_out_conditions,
    paper={
        "psnr": {
            "values": [27.67, 27.41, 27.40, 27.10, 27.24, 27.11, 27.62, 27.43, 27.29],
            "mean": 27.36,
            "std": 0.212,
        },
        "mssim": {
            "values": [0.778, 0.780, 0.789, 0.764, 0.768, 0.769, 0.775, 0.778, 0.776],
            "mean": 0.775,
            "std": 0.0075,
        },
    },
)
