# paper: the face prior network of Sec. 4.2 on Helen, aligned to 144 and cut to 128, Adam at 1e-4.
_base_ = ["./hourglass_mixed.py"]

_source = dict(_delete_=True, type="Helen", root="data/helen")
train_dataloader = dict(dataset=dict(source=dict(_source, split="train")))
val_dataloader = dict(dataset=dict(source=dict(_source, split="val")))
test_dataloader = dict(dataset=dict(source=dict(_source, split="test")))
