# paper: not in it. The compact compound at x8 with the paper's full loss, from the least-error one.
#
# The beginning is the released swift_psnr_x8, the frozen face prior the released compact_prior.
_base_ = ["./swift_psnr_x8.py"]

model = dict(
    discriminator=dict(type="PatchGAN"),
    face_prior=dict(type="CompactPrior", weights="compact_prior"),
    generator_weights="swift_psnr_x8",
)
sr_losses = [term for term in _base_.sr_losses if term["name"] != "face_prior"]
train_cfg = dict(
    stages=[
        dict(
            name="warm_up",
            iters=200,
            train=["discriminator"],
            losses=[term for term in sr_losses if term["name"] == "discriminator"],
        ),
        dict(
            name="joint",
            iters=2500,
            train=["fc", "sr", "discriminator"],
            losses=[_base_.fc_losses, sr_losses],
            lr=1e-4,
            decay="cosine",
        ),
    ],
)
quick = dict(iters=dict(warm_up=10, joint=60))
