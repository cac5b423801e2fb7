"""Training over several processes, started by torchrun or SLURM, on GPUs or CPUs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.dist import all_reduce_params
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapperDict
from torch import Tensor, distributed

from fcsrlib.errors import ConfigError
from fcsrlib.models.update import run_update, unwrap
from fcsrlib.registry import MODEL_WRAPPERS

LAUNCHERS = ("none", "pytorch", "slurm")
_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@MODEL_WRAPPERS.register_module()
class StagedDataParallel(MMDistributedDataParallel):
    """Data-parallel wrapper whose training step is the model's own update."""

    def train_step(
        self, data: list[Mapping[str, Any]], optim_wrapper: OptimWrapperDict, **options: Any
    ) -> dict[str, Tensor]:
        """Update the parts of the current stage once.

        Gradients, and after the step the BatchNorm statistics of the parts that learn, are averaged
        over the processes, so that all of them hold one and the same model.
        """
        outputs = run_update(self, data, optim_wrapper, **options)
        model = unwrap(self)
        buffers = [
            buffer
            for part in sorted(model.trained_parts)
            for buffer in model.parts()[part].buffers()
            if buffer.is_floating_point()
        ]
        if buffers:
            all_reduce_params(buffers, op="mean")
        return outputs


def join_processes(launcher: str) -> None:
    """Join the process group that ``launcher`` describes; nothing for ``none``.

    MMEngine's own start asks for a GPU, so the group is made before its runner.

    Raises:
        ConfigError: The launcher's environment variables are absent.
    """
    if launcher == "none" or distributed.is_initialized():
        return
    if launcher == "slurm":
        _translate_slurm()
    missing = [name for name in _VARIABLES if name not in os.environ]
    if missing:
        raise ConfigError(
            f"--launcher {launcher} finds no {', '.join(missing)} in the environment; start with "
            "torchrun --nproc-per-node N tools/train.py ... --launcher pytorch, or with srun."
        )
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def leave_processes() -> None:
    """Leave the process group, if there is one."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def _translate_slurm() -> None:
    """Set torchrun's variables from SLURM's."""
    try:
        os.environ["RANK"] = os.environ["SLURM_PROCID"]
        os.environ["WORLD_SIZE"] = os.environ["SLURM_NTASKS"]
        os.environ["LOCAL_RANK"] = os.environ["SLURM_LOCALID"]
        nodes = os.environ["SLURM_NODELIST"]
    except KeyError as error:
        raise ConfigError(f"--launcher slurm finds no {error}; start with srun.") from error
    if "MASTER_ADDR" not in os.environ:
        command = ["scontrol", "show", "hostnames", nodes]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        os.environ["MASTER_ADDR"] = listed.split()[0]
    os.environ.setdefault("MASTER_PORT", "29500")
