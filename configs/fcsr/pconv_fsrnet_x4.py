# paper: PConv + FSRNet at x4 (32x32 -> 128x128), 24.75 dB / 0.761 in Table 6.
_base_ = ["./pconv_fsrnet_x8.py"]

scale = 4
