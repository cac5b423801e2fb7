from pathlib import Path

import pytest

from fcsrlib.evaluation.layouts import format_figure, lay_out_conditions, lay_out_methods
from fcsrlib.evaluation.protocols import PROTOCOLS
from fcsrlib.evaluation.results import average_conditions


def make_results(name, figures, **entrant):
    protocol = PROTOCOLS[name]
    return {
        "conditions": [{"name": one.name, "label": one.label} for one in protocol.conditions],
        "figures": figures,
        "averages": average_conditions(figures),
        "paper": protocol.paper,
        "entrants": [{"method": "net", "restores": True, **entrant}],
    }


@pytest.mark.parametrize("name", ["table3", "table4"])
def test_averaging_the_papers_blocks_gives_the_papers_averages(name):
    paper = PROTOCOLS[name].paper
    figures = [
        {"method": "paper", "condition": str(number), "psnr": decibels, "mssim": similarity}
        for number, (decibels, similarity) in enumerate(
            zip(paper["psnr"]["values"], paper["mssim"]["values"], strict=True)
        )
    ]
    assert len(figures) == len(PROTOCOLS[name].conditions)
    (average,) = average_conditions(figures)
    for metric, mean_error, std_error in (("psnr", 0.005, 0.012), ("mssim", 0.0005, 0.0001)):
        assert average[metric]["mean"] == pytest.approx(paper[metric]["mean"], abs=mean_error)
        assert average[metric]["std"] == pytest.approx(paper[metric]["std"], abs=std_error)


def test_a_method_stands_below_the_paper_in_the_order_of_the_blocks():
    figures = [
        {"method": "net", "condition": f"block-{number}", "psnr": 20.0 + number, "mssim": 0.5}
        for number in (1, 2, 3, 4)
    ]
    layout = lay_out_conditions(make_results("table3", figures))
    table = layout.tables[0]
    assert table.header[1:] == ("Blk-1", "Blk-2", "Blk-3", "Blk-4", "Avg. and Std.")
    assert table.rows[0][-1] == "25.49 ± 0.197"
    assert table.rows[1] == ("net", "21.00", "22.00", "23.00", "24.00", "22.50 ± 1.291")
    assert layout.panels[0].series["net"] == (21.0, 22.0, 23.0, 24.0)
    assert [panel.title for panel in layout.panels] == ["PSNR (dB)", "MSSIM"]


def test_low_resolution_is_plotted_where_nothing_was_restored():
    figures = [
        {"method": "net", "condition": f"block-{number}", "lr_psnr": 20.0, "lr_hole_psnr": 9.0}
        for number in (1, 2, 3, 4)
    ]
    layout = lay_out_conditions(make_results("table3", figures))
    assert "low resolution" in layout.panels[0].title
    assert [table.rows[0][0] for table in layout.tables] == ["the paper", "the paper", "net", "net"]


def test_a_compound_is_set_beside_the_papers_own():
    row = {"method": "net", "condition": "quarter", "psnr": 20.0, "mssim": 0.5, "hole_psnr": None}
    reference = {**row, "method": "bicubic x8"}
    parts = dict(fc="PConvUNet", sr="FSRNet", scale=8)
    layout = lay_out_methods(make_results("table6", [row, reference], **parts))
    assert layout.tables[0].rows[0] == ("net", "20.00", "0.500", "-", "23.77", "0.710")
    assert layout.tables[0].rows[1][-2:] == ("-", "-")
    assert len(layout.tables[1].rows) == 6
    assert layout.panels[0].series["the paper"] == (23.77, None)


def test_figures_have_the_papers_digits():
    assert format_figure("psnr", 27.363, 0.2124) == "27.36 ± 0.212"
    assert format_figure("mssim", 0.7752, 0.00746) == "0.775 ± 0.0075"
    assert format_figure("psnr", None) == "-"


def test_a_growing_hole_has_lines_and_no_average():
    names = [condition.name for condition in PROTOCOLS["fig9"].conditions]
    figures = [
        {"method": "net", "condition": name, "psnr": 30.0 - number, "mssim": 0.5}
        for number, name in enumerate(names)
    ]
    layout = PROTOCOLS["fig9"].lay_out(make_results("fig9", figures))
    assert layout.tables[0].header == ("", "1/8", "2/8", "3/8", "4/8", "5/8", "6/8")
    assert layout.tables[0].rows == (("net", *(f"{30 - number}.00" for number in range(6))),)
    assert layout.panels[0].kind == "lines"


def test_a_network_stands_in_the_papers_line_of_its_config_and_absent_ones_are_said_to_be():
    row = {"method": "net", "condition": "quarter", "psnr": 20.0, "mssim": 0.5}
    reference = {**row, "method": "bicubic x4", "psnr": 19.0}
    results = make_results("table5", [row, reference], config="gfc_srresnet_x4_no_smooth.py")
    (table,) = PROTOCOLS["table5"].lay_out(results).tables
    assert table.rows[2] == ("(c) without smooth: net", "20.00", "0.500", "22.14", "0.652")
    assert table.rows[0] == ("(a) all stages together: not measured", "-", "-", "20.18", "0.573")
    assert table.rows[6] == ("bicubic x4", "19.00", "0.500", "-", "-")
    assert len(table.rows) == 7


def test_every_line_of_table_5_has_its_config():
    configs = Path(__file__).parents[2] / "configs"
    for line in PROTOCOLS["table5"].paper:
        (path,) = [path for path in configs.glob("*/*.py") if path.name == line["config"]]
        assert path.parent.name == ("fcsr" if line["label"] == "all" else "ablations")
