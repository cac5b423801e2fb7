# authors-code: PConv + FSRNet x4 as the authors' released code has it, without its errors.
_base_ = ["./pconv_fsrnet_x8_authors.py"]

scale = 4
