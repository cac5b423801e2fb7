"""The distribution: what it needs, its extras and its console script ``fcsr``."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent

TENSORBOARD = ["tensorboard"]
# The weights are 100 MB, so the tests that need them are skipped without this extra.
IDENTITY = PHOTO = ["dlib-bin", "face-recognition-models"]
EXPORT = [
    "onnx",
    "onnxruntime",
    "onnxscript",
]
DEMO = ["gradio>=6.31"]
DEV = [
    *TENSORBOARD,
    *DEMO,
    *EXPORT,
    "mypy",
    "playwright",  # drives a browser that is there; it is asked to download none
    "pytest>=8.4",
    "pytest-cov",
    "ruff",
    "scikit-image",
    "setuptools>=64",  # tests install the example plugin without build isolation
]

setup(
    name="fcsrlib",
    version="0.1.0",
    description="Joint completion and super-resolution of low-resolution faces with holes.",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["fcsrlib", "fcsrlib.*"]),
    package_data={"fcsrlib": ["py.typed", "losses/weights/*", "inference/released/*"]},
    install_requires=[
        "addict",
        "matplotlib",
        "mmcv-lite>=2.2",  # not mmcv: that one is built from source and only adds compiled ops
        "mmengine>=0.10.7",
        "numpy",
        "opencv-python",
        "pillow",
        "pluggy>=1.5",
        "rich",
        "safetensors",
        "torch",
    ],
    extras_require={
        "tensorboard": TENSORBOARD,
        "identity": IDENTITY,
        "photo": PHOTO,
        "export": EXPORT,
        "demo": DEMO,
        "dev": DEV,
    },
    entry_points={"console_scripts": ["fcsr = fcsrlib.cli:main"]},
)
