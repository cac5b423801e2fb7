# authors-code: PConv + FSRNet x8 as the authors' released code has it, without its errors.
#
# FC runs on the LR face already enlarged to 128, WGAN-GP with five critic steps a generator step,
# their weights, Adam(0.5, 0.999), batch 8, 50 epochs of CelebA and 10 of linear decay. How long
# their first stage ran is not known; here it is 20 epochs.
_base_ = ["../_base_/runtime.py", "../_base_/celeba.py"]

scale = 8

model = dict(
    type="FCSRGAN",
    generator=dict(fc=dict(type="PConvUNet"), sr=dict(type="FSRNet")),
    discriminator=dict(type="AuthorsDiscriminator"),
    data_preprocessor=dict(type="FacePreprocessor", enlarge_lr=True),
)

_vgg = ("pool1", "pool2", "pool3")
_both = dict(image=["lr_completed", "lr_composite"], target="lr_target")
_completed = dict(image="lr_completed", target="lr_target", hole_mask="hole_mask")
_restored = dict(image="hr_restored", target="hr_target")
_fc = [
    dict(type="PixelLoss", name="fc_hole", weight=6.0, region="hole", inputs=_completed),
    dict(type="PixelLoss", name="fc_valid", weight=1.0, region="visible", inputs=_completed),
    dict(type="StyleLoss", name="fc_style", weight=120.0, layers=_vgg, inputs=_both),
    dict(type="PerceptualLoss", name="fc_perceptual", weight=0.05, layers=_vgg, inputs=_both),
    dict(type="SmoothLoss", name="fc_smooth", weight=0.1, inputs=dict(image="lr_composite")),
]
_sr = [
    dict(
        type="PixelLoss",
        name="sr_pixel",
        norm="l2",
        inputs=dict(image=["hr_coarse", "hr_restored"], target="hr_target"),
    ),
    dict(type="PerceptualLoss", name="sr_perceptual", weight=0.05, layers=_vgg, inputs=_restored),
    dict(
        type="FacePriorLoss",
        name="sr_branch",
        parsing="cross_entropy",
        beta=0.1,
        inputs=dict(priors="sr_priors"),
    ),
    dict(
        type="AdversarialLoss",
        name="sr_adversarial",
        form="wasserstein",
        weight=1e-2,
        inputs=dict(logits="restored_logits"),
    ),
    dict(type="DiscriminatorLoss", name="discriminator", form="wasserstein"),
    dict(
        type="GradientPenalty",
        name="discriminator_penalty",
        weight=0.1,
        inputs=dict(real="hr_target", fake="hr_fake"),
    ),
]

train_cfg = dict(
    type="StagedTrainLoop",
    stages=[
        dict(name="completion", iters=407_000, train=["fc"], losses=_fc),
        dict(
            name="joint",
            iters=1_221_000,
            train=["fc", "sr", "discriminator"],
            losses=[_fc, _sr],
            generator_interval=5,
            decay="linear",
            decay_start=5 / 6,
        ),
    ],
    val_interval=20_000,
)
optim_wrapper = dict(
    constructor="PartOptimWrapperConstructor",
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=1e-4, betas=(0.5, 0.999)),
)

quick = dict(
    iters=dict(completion=24, joint=40),
    lr=dict(completion=1e-3, joint=5e-4),
    batch_size=2,
    train_images=256,
    val_images=16,
    intervals=dict(log=4, preview=20, checkpoint=20),
)
