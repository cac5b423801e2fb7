"""The plugin's distribution: the entry point in group ``fcsrlib`` is all that makes it one."""

from pathlib import Path

from setuptools import setup

setup(
    name="fcsrlib-example-sr",
    version="0.1.0",
    description="EdgeSR, a small super-resolution network for fcsrlib.",
    long_description=(Path(__file__).parent / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=["fcsrlib_example_sr"],
    package_data={"fcsrlib_example_sr": ["py.typed"]},
    install_requires=["fcsrlib>=0.1"],
    entry_points={"fcsrlib": ["example_sr = fcsrlib_example_sr"]},
)
