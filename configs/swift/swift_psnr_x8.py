# paper: not in it. The compact compound of this library at x8, for the least error, in one stage.
#
# 2.5 GFLOP and 5.8 M parameters. L1 on both faces, AdamW with cosine decay, on photographs of
# several data sets mixed; on CelebA alone with --data-root.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/celeba.py",
    "../_base_/paper_schedule.py",
]

scale = 8
model = dict(
    type="FCSRGAN",
    generator=dict(fc=dict(type="SwiftFC"), sr=dict(type="SwiftSR")),
    data_preprocessor=dict(type="FacePreprocessor"),
)
source = dict(
    type="MixedFaces",
    split="train",
    sources=[
        dict(type="CelebA", root="data/lfw_celeba_layout"),
        dict(type="CelebAMaskHQ", root="data/celebamask_hq"),
        dict(type="Helen", root="data/helen"),
    ],
)
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(
        source=dict(source, _delete_=True),
        pipeline=[
            dict(type="RandomCrop", side=128),
            dict(type="RandomMirror", probability=0.5),
            dict(type="ColourJitter", brightness=0.1, contrast=0.1, saturation=0.1),
            dict(
                type="DrawHole",
                kinds=dict(rectangle=3, strokes=2, parts=1, random_quarter=3),
                area=(0.01, 0.3),
            ),
        ],
    ),
)
val_dataloader = dict(
    dataset=dict(source=dict(type="CelebA", root="data/lfw_celeba_layout", split="val"))
)
test_dataloader = dict(dataset=dict(source=dict(type="CelebA", root="data/lfw_celeba_layout")))

train_cfg = dict(
    type="StagedTrainLoop",
    stages=[
        dict(
            name="joint",
            iters=14_000,
            train=["fc", "sr"],
            losses=[
                dict(
                    type="PixelLoss",
                    name="fc_pixel",
                    weight=0.5,
                    inputs=dict(image="lr_composite", target="lr_target"),
                ),
                dict(
                    type="PixelLoss",
                    name="sr_pixel",
                    inputs=dict(image="hr_restored", target="hr_target"),
                ),
            ],
            lr=6e-4,
            warmup_iters=500,
            decay="cosine",
        ),
    ],
    val_interval=2000,
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="AdamW", lr=6e-4, betas=(0.9, 0.99), weight_decay=1e-4),
)
quick = dict(
    iters=dict(joint=300),
    train_images=1024,
    val_images=32,
    intervals=dict(log=20, preview=100, checkpoint=100),
)
