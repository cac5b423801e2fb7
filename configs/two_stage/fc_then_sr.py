# paper: completion and super-resolution trained apart, FC first (Baseline 1), on the same budget.
_base_ = ["./two_stage.py"]

train_cfg = dict(
    stages=[
        dict(
            name="completion",
            iters=400,
            train=["fc"],
            losses={{_base_.fc_losses}},
            lr={{_base_.rates}},
            decay="linear",
            allows_amp=False,
        ),
        dict(
            name="super_resolution",
            iters=800,
            train=["sr"],
            separately=True,
            losses={{_base_.hr_losses}},
            lr={{_base_.rates}},
            decay="linear",
            decay_start=0.5,
        ),
    ],
)
quick = dict(iters=dict(_delete_=True, completion=400, super_resolution=60))
