# paper: the completion stage of PConv + FSRNet x8 alone (Eq. 10), on a budget two cores can pay.
_base_ = ["./pconv_fsrnet_x8.py"]

model = dict(discriminator=None, face_prior=None)
train_dataloader = dict(batch_size=16, num_workers=1)
train_cfg = dict(
    stages=[
        dict(
            name="completion",
            iters=12_000,
            train=["fc"],
            losses={{_base_.fc_losses}},
            lr=5e-4,
            decay="linear",
            decay_start=0.5,
        )
    ],
    val_interval=2000,
)
quick = dict(
    _delete_=True,
    iters=dict(completion=400),
    lr=dict(completion=1e-3),
    batch_size=4,
    train_images=1024,
    val_images=32,
    intervals=dict(log=50, preview=200, checkpoint=200),
)
