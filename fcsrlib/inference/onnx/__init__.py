"""ONNX files of trained networks: written, checked against PyTorch, measured."""
