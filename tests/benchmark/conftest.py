import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config


@pytest.fixture
def cpu():
    return torch.device("cpu")


@pytest.fixture
def toy_config(tmp_path, toy_run):
    """Toy parts in two stages, on four images of noise."""
    rng = np.random.default_rng(0)
    (tmp_path / "faces").mkdir()
    for number in range(4):
        image = rng.integers(0, 256, (150, 150, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "faces" / f"{number}.png"), image)
    pixel = dict(
        type="PixelLoss", name="sr_pixel", inputs=dict(image="hr_restored", target="hr_target")
    )
    lr_pixel = dict(
        type="PixelLoss", name="fc_pixel", inputs=dict(image="lr_completed", target="lr_target")
    )
    return Config(
        dict(
            scale=8,
            model=dict(
                type="FCSRGAN", generator=dict(fc=dict(type="ToyFC"), sr=dict(type="ToySR"))
            ),
            optim_wrapper=dict(
                constructor="PartOptimWrapperConstructor",
                type="OptimWrapper",
                optimizer=dict(type="Adam", lr=1e-4),
            ),
            train_cfg=dict(
                type="StagedTrainLoop",
                stages=[
                    dict(name="completion", iters=1, train=["fc"], losses=[lr_pixel]),
                    dict(name="joint", iters=1, train=["fc", "sr"], losses=[lr_pixel, pixel]),
                ],
            ),
            train_dataloader=dict(
                batch_size=2,
                num_workers=0,
                sampler=dict(type="FaceSampler", shuffle=True, endless=True),
                collate_fn=dict(type="pack_faces"),
                dataset=dict(
                    type="FaceDataset",
                    source=dict(type="FaceFolder", root=str(tmp_path / "faces"), shares=(1, 0, 0)),
                    pipeline=[
                        dict(type="RandomCrop", side=128),
                        dict(type="DrawHole", kinds=("rectangle",)),
                    ],
                ),
            ),
        )
    )
