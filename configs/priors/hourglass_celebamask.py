# paper: the face parsing network of Sec. 4.2, on CelebAMask-HQ in place of Helen's parts.
_base_ = ["./hourglass_mixed.py"]

_source = dict(_delete_=True, type="CelebAMaskHQ", root="data/celebamask_hq")
train_dataloader = dict(dataset=dict(source=dict(_source, split="train")))
val_dataloader = dict(dataset=dict(source=dict(_source, split="val")))
test_dataloader = dict(dataset=dict(source=dict(_source, split="test")))
