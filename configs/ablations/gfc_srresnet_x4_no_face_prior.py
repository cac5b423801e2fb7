# paper: without the face prior loss and its network (Table 5 e), 21.94 dB / 0.649.
_base_ = ["../fcsr/gfc_srresnet_x4.py"]

model = dict(face_prior=None)

sr_losses = [term for term in _base_.sr_losses if term["type"] != "FacePriorLoss"]
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
