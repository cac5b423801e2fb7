# paper: GFC + FSRNet at x8 (16x16 -> 128x128), 23.01 dB / 0.698 in Table 6.
_base_ = ["./pconv_fsrnet_x8.py"]

model = dict(generator=dict(fc=dict(_delete_=True, type="GFC")))
