# CelebA in its official layout: 178x218 -> 144 -> random 128 in training, centre 128 in evaluation.
# The holes' side follows from `scale`, which the experiment's config sets.
data_root = "data/celeba"
hr_side = 128

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="FaceSampler", shuffle=True, endless=True),
    collate_fn=dict(type="pack_faces"),
    dataset=dict(
        type="FaceDataset",
        source=dict(type="CelebA", root=data_root, split="train"),
        pipeline=[
            dict(type="RandomCrop", side=hr_side),
            dict(type="RandomMirror", probability=0.5),
            dict(
                type="DrawHole",
                kinds=dict(rectangle=3, strokes=1, parts=1, random_quarter=1),
                area=(0.05, 0.25),
            ),
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
        source=dict(type="CelebA", root=data_root, split="val", max_images=512),
        pipeline=[
            dict(type="CentreCrop", side=hr_side),
            dict(type="DrawHole", kinds=("random_quarter",)),
        ],
    ),
)
val_cfg = dict(type="ValLoop")
val_evaluator = dict(type="ImageQuality", channel="rgb", crop_px=0)

test_dataloader = dict(
    batch_size=16,
    num_workers=1,
    sampler=dict(type="FaceSampler", shuffle=False, endless=False),
    collate_fn=dict(type="pack_faces"),
    dataset=dict(
        type="FaceDataset",
        replace_bad=False,
        source=dict(type="CelebA", root=data_root, split="test"),
        pipeline=[
            dict(type="CentreCrop", side=hr_side),
            dict(type="DrawHole", kinds=("random_quarter",)),
        ],
    ),
)
test_cfg = dict(type="TestLoop")
test_evaluator = dict(type="ImageQuality", channel="rgb", crop_px=0)
