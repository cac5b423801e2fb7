# paper: Baseline 2 of Fig. 7, SRResNet first and GFC at 128x128 after it, trained apart, x4.
#
# The terms are those of Baseline 1: SR's on the enlarged true face, FC's (Eq. 10) at 128x128.
_base_ = ["./gfc_then_srresnet_x4.py"]

model = dict(generator=dict(order="sr_first"))

_enlarged = dict(
    image="hr_enlarged",
    target="hr_target",
)
_completed = dict(image=["hr_completed", "hr_restored"], target="hr_target")
_inputs = dict(
    sr_perceptual=_enlarged,
    sr_pixel=_enlarged,
    sr_smooth=dict(image="hr_enlarged"),
    fc_style=_completed,
    fc_perceptual=_completed,
    fc_pixel=dict(image="hr_restored", target="hr_target"),
    fc_smooth=dict(image="hr_restored"),
)
train_cfg = dict(
    stages=[
        dict(
            name="super_resolution",
            iters=600_000,
            train=["sr"],
            separately=True,
            losses=[dict(term, inputs=_inputs[term["name"]]) for term in _base_.separate_sr_losses],
            decay="linear",
            decay_start=0.8,
        ),
        dict(
            name="completion",
            iters=200_000,
            train=["fc"],
            separately=True,
            losses=[dict(term, inputs=_inputs[term["name"]]) for term in _base_.fc_losses],
        ),
    ],
)
quick = dict(
    iters=dict(super_resolution=60, completion=40),
    batch_size=2,
)
