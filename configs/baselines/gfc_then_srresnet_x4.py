# paper: Baseline 1 of Fig. 7, GFC and SRResNet trained apart and run one after the other, x4.
#
# FC learns from Eq. 10; SR learns on true small faces from the terms of Eq. 11 that need neither a
# discriminator nor a face prior. Neither ever sees what the other makes.
_base_ = ["../fcsr/gfc_srresnet_x4.py"]

model = dict(discriminator=None, face_prior=None)
_apart = ("sr_perceptual", "sr_pixel", "sr_smooth")
separate_sr_losses = [term for term in _base_.sr_losses if term["name"] in _apart]
train_cfg = dict(
    stages=[
        dict(name="completion", iters=200_000, train=["fc"], losses=_base_.fc_losses),
        dict(
            name="super_resolution",
            iters=600_000,
            train=["sr"],
            separately=True,
            losses=separate_sr_losses,
            decay="linear",
            decay_start=0.8,
        ),
    ],
)
quick = dict(
    _delete_=True,
    iters=dict(completion=400, super_resolution=60),
    lr=dict(completion=3e-4, super_resolution=5e-4),
    batch_size=4,
    train_images=1024,
    val_images=32,
    intervals=dict(log=8, preview=20, checkpoint=100),
)
