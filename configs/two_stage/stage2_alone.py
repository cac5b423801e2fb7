# paper: the second stage without the completion stage before it (Table 5 b).
_base_ = ["./two_stage.py"]

train_cfg = dict(
    stages=[
        dict(
            name="restoration",
            iters=600,
            train=["sr"],
            losses={{_base_.hr_losses}},
            lr={{_base_.rates}},
        ),
        dict(
            name="joint",
            iters=600,
            train=["fc", "sr"],
            losses=[{{_base_.fc_losses}}, {{_base_.hr_losses}}],
            lr={{_base_.rates}},
            decay="linear",
            decay_start=1 / 3,
        ),
    ],
)
quick = dict(iters=dict(_delete_=True, restoration=40, joint=20))
