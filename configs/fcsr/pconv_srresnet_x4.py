# paper: PConv + SRResNet at x4 (32x32 -> 128x128), 22.57 dB / 0.669 in Table 6.
_base_ = ["./pconv_srresnet_x8.py"]

scale = 4
