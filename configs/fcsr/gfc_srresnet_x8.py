# paper: GFC + SRResNet at x8 (16x16 -> 128x128), which Table 6 leaves out.
_base_ = ["./pconv_srresnet_x8.py"]

model = dict(generator=dict(fc=dict(_delete_=True, type="GFC")))

# Without normalisation its units die at the 1e-3 that PConv's short schedule uses.
quick = dict(lr=dict(completion=3e-4))
