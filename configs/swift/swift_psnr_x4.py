# paper: not in it. The compact compound of this library at x4, for the least error.
_base_ = ["./swift_psnr_x8.py"]

scale = 4
train_cfg = dict(stages=[dict(_base_.train_cfg.stages[0], iters=7_000)])  # it learns sooner
