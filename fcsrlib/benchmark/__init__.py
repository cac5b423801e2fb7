"""Speed and memory of data, training and inference, beside what the machine can do at best."""

from fcsrlib.benchmark.compounds import compare_compounds
from fcsrlib.benchmark.report import print_report
from fcsrlib.benchmark.suite import SECTIONS, run_benchmark

__all__ = ["SECTIONS", "compare_compounds", "print_report", "run_benchmark"]
