# paper: the schedule of Sec. 3.2 on a budget two cores can pay (arm c of the two-stage claim).
#
# PConv + SRResNet x8; HR terms are the pixel and smooth terms of Eq. 11, so that nothing but the
# schedule differs between the files of this folder. Each trains on 1200 batches of 16, whatever its
# stages, and every learning rate falls to zero over the last 400 of them.
_base_ = ["../fcsr/pconv_srresnet_x8.py"]

model = dict(discriminator=None, face_prior=None)
train_dataloader = dict(batch_size=16, num_workers=1)
custom_hooks = [
    dict(hook, decay=0.99) if hook["type"] == "MovingAverageHook" else hook
    for hook in _base_.custom_hooks
]
rates = dict(fc=1e-3, sr=5e-4)
hr_losses = [
    dict(
        type="PixelLoss",
        name="sr_pixel",
        inputs=dict(image="hr_restored", target="hr_target"),
    ),
    dict(type="SmoothLoss", name="sr_smooth", weight=0.01, inputs=dict(image="hr_restored")),
]
train_cfg = dict(
    stages=[
        dict(
            name="completion",
            iters=400,
            train=["fc"],
            losses={{_base_.fc_losses}},
            lr=rates,
            allows_amp=False,
        ),
        dict(name="restoration", iters=400, train=["sr"], losses=hr_losses, lr=rates),
        dict(
            name="joint",
            iters=400,
            train=["fc", "sr"],
            losses=[{{_base_.fc_losses}}, hr_losses],
            lr=rates,
            decay="linear",
        ),
    ],
    val_interval=400,
)
quick = dict(
    _delete_=True,
    iters=dict(completion=400, restoration=40, joint=20),
    batch_size=4,
    train_images=1024,
    val_images=32,
    intervals=dict(log=8, preview=20, checkpoint=100),
)
