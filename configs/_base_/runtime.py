# How a run shows itself, saves itself and is seeded; the same for every experiment.
default_scope = "fcsrlib"
env_cfg = dict(cudnn_benchmark=False, mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0))
log_level = "INFO"
log_processor = dict(by_epoch=False)
randomness = dict(seed=0)

default_hooks = dict(
    timer=None,
    sampler_seed=None,
    param_scheduler=None,
    logger=None,
    checkpoint=None,
)
custom_hooks = [
    dict(type="StageHook"),
    dict(type="MovingAverageHook", decay=0.999),
    dict(type="ProgressHook", interval_iters=50, min_seconds=5),
    dict(type="PreviewHook", interval_iters=500, num_faces=6),
    dict(type="SkippedImagesHook", limit=10),
    dict(type="MissingTargetsHook"),
    dict(type="StageCheckpointHook", interval_iters=1000, keep=2),
    dict(type="ReportHook"),
]
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])
