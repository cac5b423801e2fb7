# paper: PConv + SRResNet at x8 (16x16 -> 128x128), which Table 6 leaves out.
_base_ = ["./pconv_fsrnet_x8.py"]

model = dict(generator=dict(sr=dict(_delete_=True, type="SRResNet")))

# SRResNet makes neither a coarse image nor priors: the same stages without FSRNet's own terms.
_terms = dict(
    completion=_base_.fc_losses,
    restoration=_base_.sr_losses,
    joint=[_base_.fc_losses, _base_.sr_losses],
)
train_cfg = dict(
    stages=[dict(stage, losses=_terms[stage["name"]]) for stage in _base_.train_cfg.stages]
)
