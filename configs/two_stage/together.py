# paper: FC and SR together from the start, without the completion stage (Table 5 a).
_base_ = ["./two_stage.py"]

train_cfg = dict(
    stages=[
        dict(
            name="joint",
            iters=1200,
            train=["fc", "sr"],
            losses=[{{_base_.fc_losses}}, {{_base_.hr_losses}}],
            lr={{_base_.rates}},
            decay="linear",
            decay_start=2 / 3,
        ),
    ],
)
quick = dict(iters=dict(_delete_=True, joint=60))
