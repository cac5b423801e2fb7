# paper: GFC + FSRNet at x4 (32x32 -> 128x128), 24.05 dB / 0.749 in Table 6.
_base_ = ["./gfc_fsrnet_x8.py"]

scale = 4
