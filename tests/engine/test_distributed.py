import pytest

from fcsrlib.engine.distributed import join_processes, leave_processes
from fcsrlib.errors import ConfigError

SLURM = dict(SLURM_PROCID="1", SLURM_NTASKS="4", SLURM_LOCALID="1", SLURM_NODELIST="n[1-2]")


@pytest.fixture
def bare_environment(monkeypatch):
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
    for name in (*names, *SLURM):
        monkeypatch.setenv(name, "x")  # so that the original is put back, also where it was absent
        monkeypatch.delenv(name)
    return monkeypatch


def test_one_process_joins_nothing():
    join_processes("none")
    leave_processes()


def test_missing_variables_are_named(bare_environment):
    bare_environment.setenv("RANK", "0")
    message = "finds no WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT .* torchrun"
    with pytest.raises(ConfigError, match=message):
        join_processes("pytorch")


def test_slurm_without_srun_is_refused(bare_environment):
    with pytest.raises(ConfigError, match="--launcher slurm finds no 'SLURM_PROCID'; start with s"):
        join_processes("slurm")


def test_slurms_variables_become_torchruns(bare_environment):
    import os
    import subprocess

    from torch import distributed

    for name, value in SLURM.items():
        bare_environment.setenv(name, value)
    seen = {}

    def scontrol(command, **_):
        return subprocess.CompletedProcess(command, 0, stdout="n1\nn2\n")

    bare_environment.setattr(subprocess, "run", scontrol)
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
    bare_environment.setattr(
        distributed,
        "init_process_group",
        lambda backend: seen.update({name: os.environ[name] for name in names}),
    )
    join_processes("slurm")
    assert seen == dict(zip(names, ("1", "4", "1", "n1", "29500"), strict=True))
