# paper: without the smooth loss, at LR and at HR (Table 5 c), 22.14 dB / 0.652.
_base_ = ["../fcsr/gfc_srresnet_x4.py"]

fc_losses = [term for term in _base_.fc_losses if term["type"] != "SmoothLoss"]
sr_losses = [term for term in _base_.sr_losses if term["type"] != "SmoothLoss"]
_terms = dict(completion=fc_losses, restoration=sr_losses, joint=[fc_losses, sr_losses])
train_cfg = dict(
    stages=[dict(stage, losses=_terms[stage["name"]]) for stage in _base_.train_cfg.stages]
)
