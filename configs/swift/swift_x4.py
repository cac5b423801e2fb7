# paper: not in it. The compact compound at x4 with the paper's full loss, from the least-error one.
_base_ = ["./swift_x8.py"]

scale = 4
model = dict(generator_weights="swift_psnr_x4")
train_cfg = dict(
    stages=[_base_.train_cfg.stages[0], dict(_base_.train_cfg.stages[1], iters=1200)],
)
