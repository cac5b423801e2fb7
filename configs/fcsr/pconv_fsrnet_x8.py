# paper: PConv + FSRNet at x8 (16x16 -> 128x128), the last row of Table 6.
_base_ = ["../_base_/runtime.py", "../_base_/celeba.py", "../_base_/paper_schedule.py"]

scale = 8

model = dict(
    type="FCSRGAN",
    generator=dict(fc=dict(type="PConvUNet"), sr=dict(type="FSRNet")),
    discriminator=dict(type="PatchGAN"),
    # Without `weights`, the prior network learns from the true faces beside the generator.
    face_prior=dict(type="HourglassPrior"),
    data_preprocessor=dict(type="FacePreprocessor"),
)

_fc = {{_base_.fc_losses}}
_sr = {{_base_.sr_losses}}
_branch = {{_base_.fsrnet_losses}}
train_cfg = dict(
    type="StagedTrainLoop",
    stages=[
        dict(name="completion", iters=200_000, train=["fc"], losses=_fc, allows_amp=False),
        dict(
            name="restoration",
            iters=200_000,
            train=["sr", "discriminator", "face_prior"],
            losses=[_sr, _branch],
        ),
        dict(
            name="joint",
            iters=400_000,
            train=["fc", "sr", "discriminator", "face_prior"],
            losses=[_fc, _sr, _branch],
            decay="linear",
            decay_start=0.8,
        ),
    ],
    val_interval=10_000,
)

# What --quick changes: enough to see every stage work on two processor cores in a few minutes.
quick = dict(
    iters=dict(completion=400, restoration=40, joint=20),
    lr=dict(completion=1e-3, restoration=5e-4, joint=2e-4),
    batch_size=4,
    train_images=1024,
    val_images=32,
    intervals=dict(log=8, preview=20, checkpoint=100),
    model=dict(face_prior=dict(channels=32, num_hourglasses=1)),
)
