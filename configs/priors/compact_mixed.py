# paper: the face prior of Sec. 4.2, small, on CelebAMask-HQ's parts and Helen's landmarks together.
#
# CompactPrior takes a fortieth of the hourglass's arithmetic; three hours of two processor cores
# train it. A face without landmarks, or without parts, counts for the other alone.
_base_ = ["../_base_/runtime.py"]

hr_side = 128
model = dict(
    type="FacePriorModel",
    face_prior=dict(type="CompactPrior"),
    data_preprocessor=dict(type="FacePreprocessor"),
)

source = dict(
    type="MixedFaces",
    split="train",
    sources=[
        dict(type="CelebAMaskHQ", root="data/celebamask_hq"),
        dict(type="Helen", root="data/helen"),
    ],
)
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="FaceSampler", shuffle=True, endless=True),
    collate_fn=dict(type="pack_faces"),
    dataset=dict(
        type="FaceDataset",
        source=source,
        pipeline=[
            dict(type="RandomRotation", max_degrees=15),
            dict(type="RandomCrop", side=hr_side),
            dict(type="RandomMirror", probability=0.5),
            dict(type="ColourJitter", brightness=0.3, contrast=0.3, saturation=0.3),
        ],
    ),
)
val_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="FaceSampler", shuffle=False, endless=False),
    collate_fn=dict(type="pack_faces"),
    dataset=dict(
        type="FaceDataset",
        replace_bad=False,
        source=dict(source, split="val"),
        pipeline=[dict(type="CentreCrop", side=hr_side)],
    ),
)
val_cfg = dict(type="ValLoop")
val_evaluator = dict(type="PriorAccuracy")
test_dataloader = dict(
    batch_size=16,
    num_workers=1,
    sampler=dict(type="FaceSampler", shuffle=False, endless=False),
    collate_fn=dict(type="pack_faces"),
    dataset=dict(
        type="FaceDataset",
        replace_bad=False,
        source=dict(source, split="test"),
        pipeline=[dict(type="CentreCrop", side=hr_side)],
    ),
)
test_cfg = dict(type="TestLoop")
test_evaluator = dict(type="PriorAccuracy")

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
