"""Table 5: the full model and five ablations of it, a random quarter of the area hidden."""

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_rows

_ROWS = (
    ("(a) all stages together", "gfc_srresnet_x4_together.py", 20.18, 0.573),
    ("(b) stage 2 alone", "gfc_srresnet_x4_stage2_alone.py", 20.09, 0.595),
    ("(c) without smooth", "gfc_srresnet_x4_no_smooth.py", 22.14, 0.652),
    ("(d) without perceptual", "gfc_srresnet_x4_no_perceptual.py", 21.72, 0.626),
    ("(e) without face prior", "gfc_srresnet_x4_no_face_prior.py", 21.94, 0.649),
    ("all", "gfc_srresnet_x4.py", 22.23, 0.657),
)

TABLE5 = HoleProtocol(
    name="table5",
    title="Table 5: ablations, a quarter of the area hidden",
    conditions=(Condition("quarter", "a quarter", {"kind": "random_quarter"}),),
    lay_out=lay_out_rows,
    paper=[dict(zip(("label", "config", "psnr", "mssim"), row, strict=True)) for row in _ROWS],
)
