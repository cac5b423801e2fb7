# paper: the second stage without the completion before it (Table 5 b), 20.09 dB / 0.595.
#
# The completion stage's iterations go half and half to the two stages that are left.
_base_ = ["../fcsr/gfc_srresnet_x4.py"]

train_cfg = dict(
    stages=[
        dict(
            name="restoration",
            iters=300_000,
            train=["sr", "discriminator", "face_prior"],
            losses={{_base_.sr_losses}},
        ),
        dict(
            name="joint",
            iters=500_000,
            train=["fc", "sr", "discriminator", "face_prior"],
            losses=[{{_base_.fc_losses}}, {{_base_.sr_losses}}],
            decay="linear",
            decay_start=0.84,
        ),
    ],
)
quick = dict(
    iters=dict(_delete_=True, restoration=40, joint=20),
    lr=dict(_delete_=True, restoration=5e-4, joint=2e-4),
)
