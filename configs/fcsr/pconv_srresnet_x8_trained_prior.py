# paper: PConv + SRResNet at x8, with Eq. 9 by a face prior trained before and frozen (Sec. 4.2).
#
# The prior is a released one; for what `tools/train.py configs/priors/compact_mixed.py` leaves give
# --cfg-options model.face_prior.weights=FILE.
_base_ = ["./pconv_srresnet_x8.py"]

model = dict(face_prior=dict(_delete_=True, type="CompactPrior", weights="compact_prior"))

sr_losses = [term for term in _base_.sr_losses if term["name"] != "face_prior"]
_terms = dict(restoration=sr_losses, joint=[_base_.fc_losses, sr_losses])
train_cfg = dict(
    stages=[
        dict(
            stage,
            train=[part for part in stage["train"] if part != "face_prior"],
            losses=_terms.get(stage["name"], stage["losses"]),
        )
        for stage in _base_.train_cfg.stages
    ]
)
quick = dict(model=dict(_delete_=True))
