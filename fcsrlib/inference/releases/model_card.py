"""Writes the model card of a release: what it is, how to use it, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.table import ReleasedModel

_TITLES = {
    "data": "Data",
    "terms": "Terms of the data",
    "schedule": "Training",
    "numbers": "Numbers",
    "limits": "Limits",
}
_NOT_STATED = "Not stated."
_USES = {
    "generator": 'import fcsrlib\n\nrestorer = fcsrlib.Restorer.from_pretrained("{name}")',
    "face_prior": "from fcsrlib.inference.face_prior import load_face_prior\n\n"
    'network = load_face_prior("{name}")',
    "mask": "from fcsrlib.inference.mask_finder import MaskFinder\n\n"
    'finder = MaskFinder.from_pretrained("{name}")',
}


def format_model_card(info: ReleaseInfo, model: ReleasedModel, num_parameters: int) -> str:
    """Return the card as Markdown.

    Args:
        info: What the release file says about itself.
        model: Its row in the table of releases.
        num_parameters: Parameters of the network.
    """
    facts = {
        "kind": info.kind,
        **_describe_parts(info),
        "parameters": f"{num_parameters:,}",
        "file": f"`{model.file}`, {model.size:,} bytes",
        "SHA-256": f"`{model.sha256}`",
        "made with": f"fcsrlib {info.library_version}",
    }
    sections = [
        f"# {info.name}",
        _lay_out(facts),
        f"```python\n{_USES[info.kind].format(name=info.name)}\n```\n\n"
        f"`{model.file}` may stand there too, with its folder.",
    ]
    for key, title in _TITLES.items():
        sections.append(f"## {title}\n\n{_lay_out(info.card.get(key))}")
    return "\n\n".join(sections) + "\n"


def _describe_parts(info: ReleaseInfo) -> dict[str, Any]:
    config = info.config
    if info.kind != "generator":
        return {"network": f"`{config['type']}`"}
    side, scale = config["hr_side"], config["scale"]
    parts = [f"`{config[part]['type']}`" for part in ("fc", "sr")]
    return {
        "networks": " → ".join(parts if config["order"] == "fc_first" else parts[::-1]),
        "enlarges": f"x{scale}, {side // scale} px to {side} px",
    }


def _lay_out(value: Any) -> str:
    """Return a value as text, a list, a table of two columns, or one of rows and columns."""
    if isinstance(value, Mapping) and value:
        rows = list(value.values())
        if all(isinstance(row, Mapping) and row for row in rows):
            columns = list(dict.fromkeys(column for row in rows for column in row))
            lines = [["", *columns], ["---", *["---:"] * len(columns)]]
            lines += [[name, *(row.get(one) for one in columns)] for name, row in value.items()]
        else:
            lines = [["", ""], ["---", "---"], *(list(pair) for pair in value.items())]
        return "\n".join(f"| {' | '.join(map(_in_cell, line))} |" for line in lines)
    if _is_list(value) and value:
        return "\n".join(f"- {_in_cell(one)}" for one in value)
    return str(value) if value not in (None, "", [], {}) else _NOT_STATED


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _in_cell(value: Any) -> str:
    """Return a value on one line that does not end its cell."""
    if value is None:
        return "-"
    text = "; ".join(map(str, value)) if _is_list(value) else str(value)
    return " ".join(text.split()).replace("|", "\\|")
