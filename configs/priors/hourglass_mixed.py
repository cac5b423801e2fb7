# paper: the face prior network of Sec. 4.2 on CelebAMask-HQ's parts and Helen's landmarks together.
_base_ = ["./compact_mixed.py"]

model = dict(face_prior=dict(type="HourglassPrior"))

train_cfg = dict(
    stages=[
        dict(
            name="prior",
            iters=100_000,
            train=["face_prior"],
            losses=[
                dict(
                    type="FacePriorLoss",
                    name="face_prior",
                    inputs=dict(priors="target_priors"),
                )
            ],
        )
    ],
    val_interval=5000,
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type="Adam", lr=1e-4))
quick = dict(
    iters=dict(prior=20),
    lr=dict(prior=5e-4),
    batch_size=2,
    model=dict(face_prior=dict(channels=32, num_hourglasses=1)),
)
