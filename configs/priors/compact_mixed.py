# paper: the face prior of Sec. 4.2, small, on CelebAMask-HQ's parts and Helen's landmarks together.
#
# CompactPrior takes a fortieth of the hourglass's arithmetic; three hours of two processor cores
# train it. A face without landmarks, or without parts, counts for the other alone.
_base_ = ["../_base_/runtime.py", "../_base_/celeba.py"]

hr_side = 128
model = dict(
    type="FacePriorModel",
    face_prior=dict(type="CompactPrior"),
    data_preprocessor=dict(type="FacePreprocessor"),
)

source = dict(
    _delete_=True,
    type="MixedFaces",
    sources=[
        dict(type="CelebAMaskHQ", root="data/celebamask_hq"),
        dict(type="Helen", root="data/helen"),
    ],
)
_whole_face = [dict(type="CentreCrop", side=hr_side)]
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(
        source=dict(source, split="train"),
        pipeline=[
            dict(type="RandomRotation", max_degrees=15),
            dict(type="RandomCrop", side=hr_side),
            dict(type="RandomMirror", probability=0.5),
            dict(type="ColourJitter", brightness=0.3, contrast=0.3, saturation=0.3),
        ],
    ),
)
val_dataloader = dict(dataset=dict(source=dict(source, split="val"), pipeline=_whole_face))
val_evaluator = dict(_delete_=True, type="PriorAccuracy")
test_dataloader = dict(dataset=dict(source=dict(source, split="test"), pipeline=_whole_face))
test_evaluator = dict(_delete_=True, type="PriorAccuracy")

train_cfg = dict(
    type="StagedTrainLoop",
    stages=[
        dict(
            name="prior",
            iters=6000,
            train=["face_prior"],
            losses=[
                dict(
                    type="FacePriorLoss",
                    name="face_prior",
                    alpha=500.0,  # the mean over 64x64 of one small Gaussian is near nothing
                    parsing="cross_entropy",
                    inputs=dict(priors="target_priors"),
                )
            ],
            lr=1e-3,
            warmup_iters=200,
            decay="cosine",
        )
    ],
    val_interval=1000,
)
optim_wrapper = dict(
    constructor="PartOptimWrapperConstructor",
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.01),
)
quick = dict(
    iters=dict(prior=150),
    train_images=512,
    val_images=32,
    intervals=dict(log=10, preview=50, checkpoint=50),
)
