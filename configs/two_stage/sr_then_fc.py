# paper: super-resolution first and completion at 128x128 after it, trained apart (Baseline 2).
_base_ = ["./two_stage.py"]

model = dict(generator=dict(order="sr_first"))

_completed = dict(image=["hr_completed", "hr_restored"], target="hr_target")
_inputs = dict(
    sr_pixel=dict(image="hr_enlarged", target="hr_target"),
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
            iters=800,
            train=["sr"],
            separately=True,
            losses=[dict(term, inputs=_inputs[term["name"]]) for term in _base_.hr_losses],
            lr={{_base_.rates}},
            decay="linear",
            decay_start=0.5,
        ),
        dict(
            name="completion",
            iters=400,
            train=["fc"],
            separately=True,
            losses=[dict(term, inputs=_inputs[term["name"]]) for term in _base_.fc_losses],
            lr={{_base_.rates}},
            decay="linear",
        ),
    ],
)
quick = dict(
    iters=dict(_delete_=True, super_resolution=60, completion=40),
    batch_size=2,
)
