import json

from fcsrlib.engine import train


def test_the_end_tells_figures_stage_by_stage_and_where_everything_lies(toy_run, tmp_path, capfd):
    runner = train(toy_run.make_config(), work_dir=tmp_path)
    text = "".join(capfd.readouterr())
    scores = runner.train_loop.scores
    for score in scores:
        assert f"\n{score['label']} " in text
    assert f"checkpoints  {tmp_path / 'checkpoints'}" in text
    assert f"previews     {tmp_path / 'previews'}" in text
    stored = json.loads((tmp_path / "metrics.json").read_text())
    assert stored["scores"] == scores
    assert stored["final"] == scores[-1]["figures"]
    assert stored["protocol"] == ["RGB, crop 0 px, MSSIM Wang et al. 2004 11x11 sigma 1.5, 8-bit"]


def test_without_validation_there_are_no_figures_but_still_the_places(toy_run, tmp_path, capfd):
    config = toy_run.make_config(toy_run.FC_ONLY, **{"val_dataloader": None, "val_cfg": None})
    config.val_evaluator = None
    train(config, work_dir=tmp_path)
    text = "".join(capfd.readouterr())
    assert "trained 4 iterations." in text and f"checkpoints  {tmp_path}" in text
    assert not (tmp_path / "metrics.json").exists()
