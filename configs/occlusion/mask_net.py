# paper: not in it. A network that finds what covers a face, learned from drawn occluders.
#
# MaskNet has 0.9 M parameters and takes 0.7 GFLOP. Masks, scarves, hands, sunglasses and blocks are
# drawn over photographs of several data sets; every fifth photograph is left as it is.
_base_ = ["../_base_/runtime.py", "../_base_/celeba.py"]

hr_side = 128
model = dict(
    type="OcclusionModel",
    occlusion=dict(type="MaskNet"),
    data_preprocessor=dict(type="FacePreprocessor"),
)

source = dict(
    _delete_=True,
    type="MixedFaces",
    sources=[
        dict(type="CelebA", root="data/lfw_celeba_layout"),
        dict(type="CelebAMaskHQ", root="data/celebamask_hq"),
        dict(type="Helen", root="data/helen"),
    ],
)
_occluders = dict(
    type="DrawOccluder",
    kinds=dict(face_mask=4, scarf=1, hand=1.5, sunglasses=1, block=1),
    probability=0.8,
)
_measured = [dict(type="CentreCrop", side=hr_side), dict(_occluders, compression=0.0)]
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(
        source=dict(source, split="train"),
        pipeline=[
            dict(type="RandomMirror", probability=0.5),
            _occluders,
            dict(type="RandomRotation", max_degrees=12),
            dict(type="RandomCrop", side=hr_side),
            dict(type="ColourJitter", brightness=0.3, contrast=0.3, saturation=0.4),
        ],
    ),
)
val_dataloader = dict(
    dataset=dict(source=dict(source, split="val", max_images=512), pipeline=_measured)
)
val_evaluator = dict(_delete_=True, type="MaskAccuracy")
test_dataloader = dict(dataset=dict(source=dict(source, split="test"), pipeline=_measured))
test_evaluator = dict(_delete_=True, type="MaskAccuracy")

train_cfg = dict(
    type="StagedTrainLoop",
    stages=[
        dict(
            name="mask",
            iters=5_000,
            train=["occlusion"],
            losses=[dict(type="MaskLoss", name="mask")],
            lr=2e-3,
            warmup_iters=200,
            decay="cosine",
        )
    ],
    val_interval=2000,
)
optim_wrapper = dict(
    constructor="PartOptimWrapperConstructor",
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.01),
)
quick = dict(
    iters=dict(mask=150),
    train_images=512,
    val_images=32,
    intervals=dict(log=10, preview=50, checkpoint=50),
)
