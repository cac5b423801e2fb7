# paper: GFC + FSRNet at x8 (16x16 -> 128x128), 23.01 dB / 0.698 in Table 6.
_base_ = ["./pconv_fsrnet_x8.py"]

model = dict(generator=dict(fc=dict(_delete_=True, type="GFC")))

# Without normalisation its units die at the 1e-3 that PConv's short schedule uses.
quick = dict(lr=dict(completion=3e-4))
