"""The measurements as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

MIB = 1 << 20
_VARIANT_COLUMNS = ("precision", "layout", "images/s", "ratio", "ms/call", "of peak", "peak MiB")
_WORD_COLUMNS = ("", "precision", "layout", "config", "method")
_DIFFERENCE_COLUMNS = ("PSNR dB", "change dB", "max diff")
_COMPOUND_COLUMNS = (
    "config",
    "batch",
    "GFLOP",
    "fp32/s",
    "of peak",
    "bf16/s",
    "ms/call",
    "of peak",
    "ratio",
    "PSNR dB",
    "change dB",
)


def print_report(result: Mapping[str, Any], console: Console) -> None:
    """Print what ``run_benchmark`` or ``compare_compounds`` of this package returned.

    Ratios are speeds over that of fp32 with contiguous weights, measured turn by turn with it.
    PSNR is that of the output to fp32's, its change that of the PSNR to the true face.
    """
    _print_machine(result, console)
    if "data" in result:
        _print_data(result, console)
    for row in result.get("training", ()):
        title = (
            f"training step, stage '{row['stage']}', batch {row['batch_size']}: "
            f"{_giga(row['flops'])} GFLOP; {row['state_bytes'] / MIB:.0f} MiB of state"
        )
        _print_variants(title, row["variants"], console)
    for row in result.get("inference", ()):
        title = (
            f"inference, batch {row['batch_size']}: {_giga(row['flops_per_image'])} GFLOP an "
            f"image; {row['weight_bytes'] / MIB:.0f} MiB of weights"
        )
        _print_variants(title, row["variants"], console)
    if "compounds" in result:
        _print_compounds(result["compounds"], console)
        _print_baselines(result["baselines"], console)


def _print_machine(result: Mapping[str, Any], console: Console) -> None:
    machine = result["machine"]
    peaks = machine["peak_flops_per_second"]
    lines = {
        "device": machine["device"],
        "processor": f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} "
        f"threads used, load average {machine['load_average']}",
        "matrix product": ", ".join(
            f"{name} {_giga(rate)} GFLOP/s" for name, rate in peaks.items()
        ),
        "config": result["config"],
        "faces": result["faces"],
    }
    table = Table(show_header=False, box=None)
    for name, line in lines.items():
        table.add_row(name, Text(str(line)))  # as text: square brackets in paths are no markup
    console.print(table)


def _print_data(result: Mapping[str, Any], console: Console) -> None:
    data = result["data"]
    table = _make_table(("", "images/s"))
    table.add_row("one worker", f"{data['worker_images_per_second']:.0f}")
    for name, rate in data["preprocessor_images_per_second"].items():
        table.add_row(f"preprocessor {name.replace('_', ' ')}", f"{rate:.0f}")
    _print_titled(f"data, batch {data['batch_size']}", table, console)
    if "pack" in data:
        _print_pack(data["pack"], console)


def _print_pack(pack: Mapping[str, Any], console: Console) -> None:
    table = _make_table(("", "original/s", "pack/s", "ratio"))
    for key, title in (("samples_per_second", "samples"), ("faces_read_per_second", "faces read")):
        row = pack[key]
        table.add_row(title, f"{row['original']:.0f}", f"{row['pack']:.0f}", f"{row['ratio']:.2f}")
    _print_titled(f"{pack['pack']} beside the originals, in one process", table, console)


def _print_variants(title: str, rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    has_differences = "psnr" in rows[0]
    columns = _VARIANT_COLUMNS + (_DIFFERENCE_COLUMNS if has_differences else ())
    table = _make_table(columns)
    for row in rows:
        cells = [
            row["precision"],
            row["layout"],
            f"{row['images_per_second']:.2f}",
            f"{row['ratio']:.2f}",
            f"{1000 * row['seconds']:.1f}",
            f"{row['share_of_peak']:.0%}",
            "-" if row["working_bytes"] is None else f"{row['working_bytes'] / MIB:.0f}",
        ]
        if has_differences:
            cells += [
                f"{row['psnr']:.1f}",
                f"{row['psnr_change']:+.4f}",
                f"{row['max_difference']:.4f}",
            ]
        table.add_row(*cells)
    _print_titled(title, table, console)


def _print_compounds(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = _make_table(_COMPOUND_COLUMNS)
    for row in rows:
        eager, fast = row["variants"]
        table.add_row(
            row["config"],
            str(row["batch_size"]),
            _giga(row["flops_per_image"]),
            f"{eager['images_per_second']:.2f}",
            f"{eager['share_of_peak']:.0%}",
            f"{fast['images_per_second']:.2f}",
            f"{1000 * fast['seconds']:.1f}",
            f"{fast['share_of_peak']:.0%}",
            f"{fast['ratio']:.2f}",
            f"{fast['psnr']:.1f}",
            f"{fast['psnr_change']:+.4f}",
        )
    _print_titled("inference: fp32 contiguous against bf16 channels_last", table, console)


def _print_baselines(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = _make_table(("method", "batch", "images/s", "ms/call"))
    for row in rows:
        table.add_row(
            f"{row['method']} x{row['scale']}",
            str(row["batch_size"]),
            f"{row['images_per_second']:.0f}",
            f"{1000 * row['seconds']:.2f}",
        )
    _print_titled("without a network, on the processor", table, console)


def _make_table(columns: Sequence[str]) -> Table:
    """Return an empty table with figures to the right."""
    table = Table(box=None, header_style="dim")
    for name in columns:
        table.add_column(name, justify="left" if name in _WORD_COLUMNS else "right")
    return table


def _print_titled(title: str, table: Table, console: Console) -> None:
    # A table's own title would wrap at the table's width.
    console.print(f"\n{title}", style="bold", markup=False, highlight=False)
    console.print(table)


def _giga(value: float) -> str:
    return f"{value / 1e9:.3g}" if value < 1e11 else f"{value / 1e9:.0f}"
