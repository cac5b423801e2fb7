# paper: the stages of Sec. 3.2 with the weights of Eq. 10, 11 and 12, Adam at 1e-4.
#
# Stage 2 is two sentences in the paper, "fix the FC module" and "jointly train the whole network";
# here they are two stages, restoration and joint.
_vgg = ("pool1", "pool2", "pool3")
_both = dict(image=["lr_completed", "lr_composite"], target="lr_target")

fc_losses = [  # Eq. 10
    dict(type="StyleLoss", name="fc_style", weight=10.0, inputs=_both, layers=_vgg),
    dict(type="PerceptualLoss", name="fc_perceptual", weight=0.1, inputs=_both, layers=_vgg),
    dict(
        type="PixelLoss",
        name="fc_pixel",
        weight=0.1,
        inputs=dict(image="lr_composite", target="lr_target"),
    ),
    dict(type="SmoothLoss", name="fc_smooth", weight=1.0, inputs=dict(image="lr_composite")),
]
_restored = dict(image="hr_restored", target="hr_target")
sr_losses = [  # Eq. 11, and what the parts it needs learn from
    dict(
        type="AdversarialLoss",
        name="sr_adversarial",
        form="log",
        weight=1e-3,
        inputs=dict(logits="restored_logits"),
    ),
    dict(
        type="FacePriorLoss",
        name="sr_face_prior",
        weight=1.0,
        inputs=dict(priors="restored_priors"),
    ),
    dict(type="PerceptualLoss", name="sr_perceptual", weight=0.01, inputs=_restored, layers=_vgg),
    dict(type="PixelLoss", name="sr_pixel", weight=1.0, inputs=_restored),
    dict(type="SmoothLoss", name="sr_smooth", weight=0.01, inputs=dict(image="hr_restored")),
    dict(type="DiscriminatorLoss", name="discriminator", form="log"),
    dict(type="FacePriorLoss", name="face_prior", inputs=dict(priors="target_priors")),
]
# FSRNet's own objective: its coarse image and its prior branch are supervised too.
fsrnet_losses = [
    dict(
        type="PixelLoss",
        name="sr_coarse",
        weight=1.0,
        inputs=dict(image="hr_coarse", target="hr_target"),
    ),
    dict(type="FacePriorLoss", name="sr_branch", weight=1.0, inputs=dict(priors="sr_priors")),
]

optim_wrapper = dict(
    constructor="PartOptimWrapperConstructor",
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=1e-4, betas=(0.9, 0.999)),
    parts=dict(discriminator=dict(optimizer=dict(betas=(0.5, 0.999)))),
)
