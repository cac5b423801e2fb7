import json

from fcsrlib.engine.report import format_comparison, format_scores, write_json

NAN = float("nan")


def test_scores_are_a_table_with_one_line_a_validation():
    scores = [
        dict(label="a start", figures=dict(lr_psnr=20.0, lr_hole_psnr=NAN)),
        dict(label="a end", figures=dict(lr_psnr=21.256, psnr=19.5, mssim=0.61239, hole_psnr=8.0)),
    ]
    assert format_scores(scores).splitlines() == [
        "         lr_psnr  lr_hole_psnr   psnr   mssim  hole_psnr",
        "a start    20.00             -      -       -          -",
        "a end      21.26             -  19.50  0.6124       8.00",
    ]


def test_a_comparison_names_only_the_references_there_are():
    table = format_comparison({"psnr": 20.0, "bicubic/psnr": 18.0, "telea/lr_psnr": 25.0})
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["this", "bicubic", "telea"]


def test_a_network_trained_alone_has_columns_of_its_own():
    table = format_comparison(dict(mask_iou=0.75, mask_recall=0.8, mask_precision=NAN))
    assert table.splitlines()[0].split() == "mask_precision mask_recall false_area mask_iou".split()
    assert table.splitlines()[1].split() == ["this", "model", "-", "0.8000", "-", "0.7500"]
    assert "landmark_error" in format_comparison(dict(landmark_error=0.1, parsing_miou=0.5))


def test_json_is_written_whole_and_strict(tmp_path):
    path = tmp_path / "new" / "metrics.json"
    write_json({"a": NAN, "b": [1.5, {"c": NAN}], 3: (1, 2)}, path)
    assert json.loads(path.read_text()) == {"a": None, "b": [1.5, {"c": None}], "3": [1, 2]}
    assert [one.name for one in path.parent.iterdir()] == ["metrics.json"]


def test_infinite_figures_do_not_break_the_file(tmp_path):
    write_json({"a": float("inf"), "b": -float("inf")}, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": None, "b": None}
