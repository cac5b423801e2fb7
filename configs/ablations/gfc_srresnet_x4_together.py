# paper: the whole network together from the start (Table 5 a), 20.18 dB / 0.573.
_base_ = ["../fcsr/gfc_srresnet_x4.py"]

train_cfg = dict(
    stages=[
        dict(
            name="joint",
            iters=800_000,
            train=["fc", "sr", "discriminator", "face_prior"],
            losses=[{{_base_.fc_losses}}, {{_base_.sr_losses}}],
            decay="linear",
            decay_start=0.9,
        ),
    ],
)
quick = dict(iters=dict(_delete_=True, joint=60), lr=dict(_delete_=True, joint=2e-4))
