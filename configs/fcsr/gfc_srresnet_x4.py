# paper: GFC + SRResNet at x4 (32x32 -> 128x128), 22.23 dB / 0.657 in Tables 5 and 6.
_base_ = ["./gfc_srresnet_x8.py"]

scale = 4
