"""A whole training run on toy parts, in the test's process or as a program of its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.utils import ManagerMixin
from mmengine.visualization import Visualizer

from fcsrlib.data.sample import make_sample
from fcsrlib.errors import UndecodableImageError
from fcsrlib.plugin import register_plugin, unregister_plugin
from fcsrlib.registry import DATASETS, HOOKS
from fcsrlib.testing import toy

SIDE, SCALE = 32, 4
# MMEngine lays configs out with yapf, which takes longer than a toy run altogether.
Config.pretty_text = property(lambda config: f"config = {config.to_dict()!r}\n")


@DATASETS.register_module(force=True)
class TinyFaces:
    """Smooth random pictures of 32x32 with landmarks and parts; ``bad`` ones do not decode."""

    def __init__(self, num_faces=24, seed=0, bad=()):
        self.names = [f"{seed}_{index}.png" for index in range(num_faces)]
        self.seed = seed
        self.bad = set(bad)

    def __len__(self):
        return len(self.names)

    def read(self, index):
        if index in self.bad:
            raise UndecodableImageError(f"{self.names[index]} is damaged.")
        rng = np.random.default_rng([self.seed, index])
        blocks = rng.integers(0, 255, (4, 4, 3)).repeat(8, 0).repeat(8, 1)
        image = (blocks + np.roll(blocks, 4, 0) + np.roll(blocks, 4, 1)) // 3
        return make_sample(
            self.names[index],
            image.astype(np.uint8),
            rng.uniform(0, SIDE, (81, 2)).astype(np.float32),
            rng.integers(0, 11, (SIDE, SIDE)).astype(np.uint8),
        )


@HOOKS.register_module(force=True)
class SignalHook(Hook):
    """Sends this process a signal after an iteration; in the first one of a run, if ``once``."""

    priority = "LOWEST"

    def __init__(self, iteration, number):
        self.iteration = iteration
        self.number = number

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.iteration:
            os.kill(os.getpid(), self.number)


FC_TERMS = [
    dict(
        type="PixelLoss",
        name="fc_pixel",
        inputs=dict(image=["lr_completed", "lr_composite"], target="lr_target"),
    )
]
SR_TERMS = [
    dict(type="PixelLoss", name="sr_pixel", inputs=dict(image="hr_restored", target="hr_target")),
    dict(type="AdversarialLoss", name="sr_adv", weight=0.1, inputs=dict(logits="restored_logits")),
    dict(type="FacePriorLoss", name="sr_prior", inputs=dict(priors="restored_priors")),
    dict(type="DiscriminatorLoss", name="disc"),
    dict(
        type="GradientPenalty",
        name="penalty",
        weight=0.1,
        inputs=dict(real="hr_target", fake="hr_fake"),
    ),
    dict(type="FacePriorLoss", name="prior", inputs=dict(priors="target_priors")),
]
SR_PARTS = ["sr", "discriminator", "face_prior"]
STAGES = [
    dict(name="completion", iters=4, train=["fc"], losses=FC_TERMS, lr=1e-2),
    dict(name="restoration", iters=4, train=SR_PARTS, losses=SR_TERMS),
    dict(
        name="joint",
        iters=4,
        train=["fc", *SR_PARTS],
        losses=[FC_TERMS, SR_TERMS],
        decay="linear",
        decay_start=0.5,
    ),
]
FC_ONLY = [dict(name="completion", iters=4, train=["fc"], losses=FC_TERMS, lr=1e-2)]


def _loader(is_training, faces, num_workers=0):
    return dict(
        batch_size=4,
        num_workers=num_workers,
        sampler=dict(type="FaceSampler", shuffle=is_training, endless=is_training),
        collate_fn=dict(type="pack_faces"),
        dataset=dict(
            type="FaceDataset",
            source=dict(type="TinyFaces", **faces),
            replace_bad=is_training,
            pipeline=[dict(type="DrawHole", kinds=["rectangle"])],
        ),
    )


def make_config(stages=STAGES, num_workers=0, **changes):
    """Return a config of three short stages; ``changes`` are dotted keys or whole sections."""
    quality = dict(type="ImageQuality", with_baselines=False)
    config = Config(
        dict(
            default_scope="fcsrlib",
            scale=SCALE,
            hr_side=SIDE,
            model=dict(
                type="FCSRGAN",
                generator=dict(fc=dict(type="ToyFC"), sr=dict(type="ToySR")),
                discriminator=dict(type="ToyDiscriminator"),
                face_prior=dict(type="ToyFacePrior"),
                data_preprocessor=dict(type="FacePreprocessor", heatmap_side=16),
            ),
            train_dataloader=_loader(True, dict(num_faces=24), num_workers),
            val_dataloader=_loader(False, dict(num_faces=5, seed=1)),
            val_cfg=dict(type="ValLoop"),
            val_evaluator=quality,
            test_dataloader=_loader(False, dict(num_faces=5, seed=1)),
            test_cfg=dict(type="TestLoop"),
            test_evaluator=quality,
            train_cfg=dict(type="StagedTrainLoop", stages=stages),
            optim_wrapper=dict(
                constructor="PartOptimWrapperConstructor",
                type="OptimWrapper",
                optimizer=dict(type="Adam", lr=1e-3),
            ),
            randomness=dict(seed=0),
            env_cfg=dict(mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0)),
            log_processor=dict(by_epoch=False),
            default_hooks=dict.fromkeys(
                ("timer", "sampler_seed", "param_scheduler", "logger", "checkpoint")
            ),
            custom_hooks=[
                dict(type="StageHook"),
                dict(type="MovingAverageHook", decay=0.9),
                dict(type="ProgressHook", interval_iters=2),
                dict(type="PreviewHook", interval_iters=100, num_faces=2),
                dict(type="SkippedImagesHook", limit=3),
                dict(type="MissingTargetsHook"),
                dict(type="StageCheckpointHook", interval_iters=3, keep=2),
                dict(type="ReportHook"),
            ],
            visualizer=dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")]),
        )
    )
    config.merge_from_dict(changes)
    return config


def make_runner(config, work_dir, resume=False, **options):
    """Return a runner ready to train, as ``fcsrlib.engine.train`` makes it."""
    from fcsrlib.engine.launch import _prepare

    flags = dict(data_root=None, quick=False, amp=False, launcher="none", seed=None)
    return _prepare(config, work_dir, resume=resume, **{**flags, **options})


class Watch(Hook):
    """Calls a function before and after each iteration, as the last of the hooks."""

    priority = "LOWEST"

    def __init__(self, before=None, after=None):
        self.before = before
        self.after = after

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if self.before:
            self.before(runner)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self.after:
            self.after(runner, data_batch, outputs)


def get_hook(config, kind):
    """Return the config of the one custom hook of that type."""
    return next(hook for hook in config.custom_hooks if hook.type == kind)


@contextlib.contextmanager
def registered_toys():
    """Make the toy parts known by name meanwhile."""
    register_plugin(toy, "toys")
    try:
        yield
    finally:
        unregister_plugin("toys")


def forget_runs():
    """Drop what MMEngine keeps of earlier runners in this process."""
    for kind in (MMLogger, MessageHub, Visualizer, DefaultScope, ManagerMixin):
        getattr(kind, "_instance_dict", {}).clear()


def digest_state(state):
    """Return a digest of every bit of nested dicts and lists of tensors and plain values."""
    digest = hashlib.sha256()

    def take(value):
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().contiguous()
            digest.update(f"{value.dtype}{tuple(value.shape)}".encode())
            digest.update(value.view(-1).view(torch.uint8).numpy().tobytes())
        elif isinstance(value, dict):
            for key in sorted(value, key=str):
                digest.update(str(key).encode())
                take(value[key])
        elif isinstance(value, (list, tuple)):
            for item in value:
                take(item)
        else:
            digest.update(repr(value).encode())

    take(state)
    return digest.hexdigest()


def describe(runner):
    """Return digests of everything a run ends with."""
    from fcsrlib.engine import MovingAverageHook
    from fcsrlib.models.update import unwrap

    averages = [hook._average for hook in runner.hooks if isinstance(hook, MovingAverageHook)]
    return dict(
        weights=digest_state(unwrap(runner.model).state_dict()),
        average=digest_state(averages),
        optimizers=digest_state({k: w.state_dict() for k, w in runner.optim_wrapper.items()}),
        scores=runner.train_loop.scores,
        iterations=runner.iter,
    )


def main():
    """Train as the JSON of the first argument says; write what came out to its ``result``."""
    from fcsrlib.cli.errors import run_or_explain
    from fcsrlib.engine import train

    order = json.loads(sys.argv[1])
    rank = os.environ.get("RANK", "0")

    def run():
        config = make_config(**order.get("config", {}))
        config.custom_hooks += order.get("hooks", [])
        runner = train(config, **order["train"])
        Path(f"{order['result']}.{rank}").write_text(json.dumps(describe(runner)))

    torch.set_num_threads(1)
    with registered_toys():
        return run_or_explain(run, debug=order.get("debug", False))


if __name__ == "__main__":
    sys.exit(main())
