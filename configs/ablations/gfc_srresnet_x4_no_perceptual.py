# paper: without the perceptual loss, at LR and at HR (Table 5 d), 21.72 dB / 0.626.
_base_ = ["../fcsr/gfc_srresnet_x4.py"]

fc_losses = [term for term in _base_.fc_losses if term["type"] != "PerceptualLoss"]
sr_losses = [term for term in _base_.sr_losses if term["type"] != "PerceptualLoss"]
_terms = dict(completion=fc_losses, restoration=sr_losses, joint=[fc_losses, sr_losses])
train_cfg = dict(
    stages=[dict(stage, losses=_terms[stage["name"]]) for stage in _base_.train_cfg.stages]
)
