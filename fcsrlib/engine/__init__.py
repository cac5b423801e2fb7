"""Running: the staged loop, its hooks, checkpoints, distributed training and launching."""

from fcsrlib.engine.checkpoint_hook import StageCheckpointHook
from fcsrlib.engine.config import read_config
from fcsrlib.engine.distributed import StagedDataParallel
from fcsrlib.engine.ema import MovingAverageHook
from fcsrlib.engine.evaluation_loops import TestLoop, ValLoop
from fcsrlib.engine.launch import train
from fcsrlib.engine.missing_targets_hook import MissingTargetsHook
from fcsrlib.engine.optim import PartOptimWrapperConstructor
from fcsrlib.engine.preview_hook import PreviewHook
from fcsrlib.engine.progress_hook import ProgressHook
from fcsrlib.engine.report_hook import ReportHook
from fcsrlib.engine.runner import FCSRRunner
from fcsrlib.engine.skipped_images_hook import SkippedImagesHook
from fcsrlib.engine.stage_hook import StageHook
from fcsrlib.engine.staged_loop import StagedTrainLoop

__all__ = [
    "FCSRRunner",
    "MovingAverageHook",
    "MissingTargetsHook",
    "PartOptimWrapperConstructor",
    "PreviewHook",
    "ProgressHook",
    "ReportHook",
    "SkippedImagesHook",
    "StageCheckpointHook",
    "StageHook",
    "StagedDataParallel",
    "StagedTrainLoop",
    "TestLoop",
    "ValLoop",
    "read_config",
    "train",
]
