import json

import cv2
import numpy as np
import pytest

from fcsrlib.errors import ConfigError, DataError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.identification import embedders
from fcsrlib.evaluation.identification.experiment import list_comparisons
from fcsrlib.evaluation.identification.kinds import Kind
from fcsrlib.evaluation.part_store import PartStore

FILES = ["plot.png", "plot.svg", "results.json", "sheet.png", "table.md"]


def read_all(folder):
    assert sorted(path.name for path in folder.iterdir()) == FILES
    return {name: (folder / name).read_bytes() for name in FILES}


def test_results_state_people_galleries_and_every_rank_of_every_kind(
    people_pair, options, tmp_path
):
    results = evaluate("identification", [people_pair()], out=tmp_path / "out", options=options)
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    assert results["people"] == dict(
        people=4,
        images=10,
        gallery=4,
        probes=6,
        probed_people=3,
        distractors=1,
        most_images_of_a_person=4,
    )
    assert [row["name"] for row in results["figures"]] == ["lr_occluded x4", "toy", "ground_truth"]
    kinds = [row["kind"] for row in results["figures"]]
    assert kinds == ["lr_occluded", "restored", "ground_truth"]
    for row in results["figures"]:
        assert row["gallery_kind"] == row["name"]
        for over in ("over_probes", "over_people"):
            assert np.shape(row[over]["draws"]) == (4, 5)
            assert row[over]["mean"] == pytest.approx(np.mean(row[over]["draws"], 0))
            assert row[over]["std"] == pytest.approx(np.std(row[over]["draws"], 0, ddof=1))
    assert results["figures"][0]["hole"] == {"kind": "random_quarter"}
    assert results["embedder"]["config"] == options["embedder"]
    page = (tmp_path / "out" / "table.md").read_text()
    assert "4 galleries of the probes' kind: one image of each of 4 people, 6 probes of 3" in page


def test_people_in_colours_of_their_own_are_all_identified_by_true_faces(
    people_pair, options, tmp_path
):
    results = evaluate("identification", [people_pair()], out=tmp_path / "out", options=options)
    occluded, _, true = results["figures"]
    assert true["over_probes"]["mean"] == true["over_people"]["mean"] == [1.0] * 5
    assert occluded["over_probes"]["mean"][0] < 1
    assert occluded["over_probes"]["mean"][3:] == [1.0, 1.0]  # there are four people


@pytest.mark.parametrize(
    ("gallery", "is_shared", "stored"),
    [
        ("same", False, ["probe-0", "probe-1", "probe-2"]),
        ("ground_truth", True, ["probe-2", "probe-2", "probe-2"]),
        ("ground_truth", False, ["gallery-0", "gallery-1", "probe-2"]),
    ],
)
def test_true_faces_are_embedded_once_by_every_embedder(gallery, is_shared, stored):
    kinds = [Kind(name, name, 128) for name in ("lr_occluded", "restored", "ground_truth")]
    comparisons = list_comparisons(kinds, gallery, is_shared)
    assert [one.gallery for one in comparisons] == stored
    assert [one.probe for one in comparisons] == ["probe-0", "probe-1", "probe-2"]
    expected = kinds if gallery == "same" else [kinds[2]] * 3
    assert [one.gallery_kind for one in comparisons] == expected


def test_a_gallery_of_true_faces_changes_only_what_it_is_compared_with(
    people_pair, options, tmp_path
):
    same, true = (
        evaluate(
            "identification",
            [people_pair()],
            out=tmp_path / gallery,
            options={**options, "gallery": gallery},
        )
        for gallery in ("same", "ground_truth")
    )
    assert [row["gallery_kind"] for row in true["figures"]] == ["ground_truth"] * 3
    assert same["figures"][2] == true["figures"][2]
    for one, other in zip(same["figures"], true["figures"], strict=True):
        assert one["holes_sha256"] == other["holes_sha256"]


def test_running_twice_gives_the_same_bytes_and_the_sheet_shows_probes_and_matches(
    people_pair, options, tmp_path
):
    written = []
    for name in ("one", "two"):
        pairs = [people_pair(), people_pair(name="other", scale=2)]
        evaluate("identification", pairs, out=tmp_path / name, options=options)
        written.append(read_all(tmp_path / name))
    assert written[0] == written[1]
    sheet = cv2.imread(str(tmp_path / "one" / "sheet.png"))
    assert sheet.shape == (22 + 6 * 38, 5 * (4 * 38 + 12), 3)  # six probes, five kinds
    frames = sheet[22 + 1 :: 38, 4 * 164 + 38 + 1]  # the first match of true faces, all right
    assert (frames == (0, 150, 0)).all()


def test_an_interrupted_identification_continues_to_the_same_bytes(
    people_pair, options, tmp_path, monkeypatch
):
    def run(name, **changes):
        out = tmp_path / name
        evaluate(
            "identification",
            [people_pair(**changes)],
            out=out,
            options=options,
            batch_size=4,
            say=said.append,
        )

    said, add = [], PartStore.add
    run("whole")

    def stop_at_the_fifth(store, part):
        if len(list(store.folder.glob("*.npz"))) == 4:
            raise KeyboardInterrupt
        add(store, part)

    monkeypatch.setattr(PartStore, "add", stop_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        run("out")
    monkeypatch.setattr(PartStore, "add", add)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".partial"]
    with pytest.raises(ConfigError, match="interrupted evaluation with another networks; delete"):
        run("out", seed=3)
    run("out")
    assert "resuming after 16 of 30" in said
    assert read_all(tmp_path / "out") == read_all(tmp_path / "whole")


def test_faces_that_do_not_decode_leave_gallery_and_probes(people_pair, options, tmp_path):
    results = evaluate(
        "identification", [people_pair(bad=[1, 4])], out=tmp_path / "out", options=options
    )
    assert results["skipped"] == ["test_1.png", "test_4.png"]
    assert results["people"]["images"] == 8 == results["num_images"]
    assert read_all(tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "request_options", "error", "message"),
    [
        (dict(counts=(1, 1, 1)), {}, DataError, "one image, which the gallery takes"),
        (dict(counts=(3,)), {}, DataError, "are of 1 person"),
        (dict(), dict(max_images=2), DataError, "one image, which the gallery takes|of 1 person"),
        (dict(restores=False), {}, ConfigError, "toy: SR is untrained"),
        (dict(), dict(channel="y"), ConfigError, "whole RGB faces; leave both out"),
        (dict(), dict(options={"galery": 1}), ConfigError, "does not know the option galery"),
        (
            dict(),
            dict(options={"tune": dict(iters=2)}),
            DataError,
            r"0 of the 2 training people have 5 images or more.*most of one person is 3",
        ),
        (
            dict(),
            dict(options={"tune": dict(min_images=1)}),
            ConfigError,
            "min_images is 1; expected at least 2",
        ),
        (
            dict(),
            dict(options={"embedder": {"type": "FacePreprocessor", "scale": 8}}),
            ConfigError,
            "builds FacePreprocessor, which has no embed",
        ),
        (
            dict(),
            dict(options={"embedder": {"type": "Nobody"}}),
            ConfigError,
            "'Nobody'}; no model of that type is registered",
        ),
        (
            dict(),
            dict(options={"embedder": {"type": "MeanColourEmbedder", "wieghts": 1}}),
            ConfigError,
            "unexpected keyword argument 'wieghts'",
        ),
    ],
)
def test_what_cannot_be_identified_is_refused_and_nothing_written(
    people_pair, options, tmp_path, changes, request_options, error, message
):
    pair = people_pair(**changes)
    with pytest.raises(error, match=message):
        evaluate(
            "identification",
            [pair],
            out=tmp_path / "out",
            **{"options": options, **request_options},
        )
    assert not (tmp_path / "out").exists()


def test_faces_without_identities_are_refused(make_pair, options, tmp_path):
    with pytest.raises(DataError, match="TinyFaces has no identities"):
        evaluate("identification", [make_pair()], out=tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()


TUNING = {"gallery_draws": 2, "tune": dict(iters=2, batch_size=2, min_images=2, views=1)}


def test_light_cnn_is_tuned_for_each_kind_and_an_interruption_changes_nothing(
    people_pair, tmp_path, monkeypatch
):
    said, tune = [], embedders.tune

    def run(name):
        pair = people_pair(counts=(2, 1), training=(2, 2))
        out = tmp_path / name
        return evaluate("identification", [pair], out=out, options=TUNING, say=said.append)

    results = run("whole")
    assert "no pretrained ones were given, 2 batches" in results["statement"]
    description = results["embedder"]
    assert description["training"] == {"people": 2, "images": 4}
    assert description["schedule"]["iters"] == 2 and description["starting_weights"] is None
    kinds = description["kinds"]
    assert list(kinds) == ["lr_occluded x4", "toy", "ground_truth"]
    assert len({kind["sha256"] for kind in kinds.values()}) == 3

    def stop_at_the_second_kind(network, pool, *rest):
        if pool.folder.name == "kind-1":
            raise KeyboardInterrupt
        return tune(network, pool, *rest)

    monkeypatch.setattr(embedders, "tune", stop_at_the_second_kind)
    with pytest.raises(KeyboardInterrupt):
        run("out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".tuning"]
    monkeypatch.setattr(embedders, "tune", tune)
    inputs = tmp_path / "out" / ".tuning" / "inputs.json"
    stored = inputs.read_text()
    inputs.write_text(stored.replace('"iters": 2', '"iters": 3'))
    with pytest.raises(ConfigError, match="interrupted tuning with another schedule; delete"):
        run("out")
    inputs.write_text(stored)
    run("out")
    assert read_all(tmp_path / "out") == read_all(tmp_path / "whole")
