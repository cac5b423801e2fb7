# The library's x8 experiment with EdgeSR in place of FSRNet.
_base_ = ["../../../configs/fcsr/pconv_fsrnet_x8.py"]

model = dict(generator=dict(sr=dict(_delete_=True, type="EdgeSR")))

# The stages are said again without FSRNet's own terms: EdgeSR has neither a coarse image nor
# priors for them to read.
_fc = {{_base_.fc_losses}}
_sr = {{_base_.sr_losses}}
train_cfg = dict(
    stages=[
        dict(name="completion", iters=200_000, train=["fc"], losses=_fc),
        dict(
            name="restoration",
            iters=200_000,
            train=["sr", "discriminator", "face_prior"],
            losses=_sr,
        ),
        dict(
            name="joint",
            iters=400_000,
            train=["fc", "sr", "discriminator", "face_prior"],
            losses=[_fc, _sr],
            decay="linear",
            decay_start=0.8,
        ),
    ],
)
