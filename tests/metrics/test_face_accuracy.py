import itertools
import math

import pytest
import torch
from torch import nn

from fcsrlib.contracts import FacePriors
from fcsrlib.data import FacePreprocessor
from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.data.packing import pack_faces
from fcsrlib.data.sample import make_sample
from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.metrics import FaceAccuracy, FaceScorer, landmark_error
from fcsrlib.registry import METRICS

SIDE, POINTS, CLASSES = 32, 68, 3


class PaintedPrior(nn.Module):
    """Reads a face whose red says how far its points are moved and whose green is its labels."""

    num_landmarks, num_classes = POINTS, CLASSES

    def __init__(self):
        super().__init__()
        self.num_read = 0

    def forward(self, image):
        self.num_read += len(image)
        red, green = (image[:, channel] * 255 for channel in (0, 1))
        points = make_points() + red.mean((1, 2))[:, None, None]
        labels = green[:, ::2, ::2].round().long()
        logits = nn.functional.one_hot(labels, CLASSES).movedim(-1, 1).float()
        return FacePriors(make_heatmaps(points, SIDE, SIDE // 2), logits)


def make_points():
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(POINTS, 2, generator=generator) * 10 + 5
    points[36], points[45] = torch.tensor([8.0, 10.0]), torch.tensor([18.0, 10.0])
    return points


def paint(shift_px, labels):
    """Return the face (3, 32, 32) that is read as points moved by a shift, and as labels."""
    face = torch.zeros(3, SIDE, SIDE)
    face[0] = shift_px / 255
    face[1] = labels.repeat_interleave(2, 0).repeat_interleave(2, 1) / 255
    return face


def make_samples(num=5):
    """Make samples: the second has no landmarks, the third no parts, the fourth neither."""
    generator = torch.Generator().manual_seed(1)
    samples = []
    for index in range(num):
        ours, theirs, truth = torch.randint(0, CLASSES, (3, 16, 16), generator=generator)
        truth[:3] = 255
        if index in (2, 3):
            truth = torch.full((16, 16), 255)
        known = torch.full((POINTS,), index not in (1, 3))
        samples.append(
            {
                "hr_restored": paint(index, ours),
                "hr_target": paint(1, theirs),
                "landmarks": make_points().masked_fill(~known[:, None], math.nan),
                "landmark_known": known,
                "parsing_target": truth,
            }
        )
    return samples


def stack(samples):
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}


def score(samples):
    batch = stack(samples)
    return FaceAccuracy(PaintedPrior(), device="cpu").score(batch.pop("hr_restored"), batch)


def evaluate(samples, batch_size):
    metric = FaceAccuracy(PaintedPrior(), device="cpu")
    for start in range(0, len(samples), batch_size):
        metric.process(None, samples[start : start + batch_size])
    return metric.evaluate(len(samples))


def count_iou(pairs, label):
    both = sum(((p == label) & (t == label)).sum().item() for p, t in pairs)
    either = sum((((p == label) | (t == label)) & (t != 255)).sum().item() for p, t in pairs)
    return both / either


def read_labels(face):
    return (face[1, ::2, ::2] * 255).round()


def test_columns_say_how_far_each_face_is_from_its_labels_or_else_from_the_reading():
    scores = score(make_samples())
    # Both coordinates move by so many pixels; the eyes are 10 px apart.
    expected = [shift * math.sqrt(2) / 10 for shift in range(5)]
    against_labels = scores["landmark_error"].tolist()
    assert [against_labels[i] for i in (0, 2, 4)] == pytest.approx(
        [expected[i] for i in (0, 2, 4)], abs=2e-3
    )
    against_reading = scores["landmark_error_vs_reading"].tolist()
    assert [against_reading[i] for i in (1, 3)] == pytest.approx([0, expected[2]], abs=2e-3)
    assert [math.isnan(value) for value in against_labels] == [False, True, False, True, False]
    assert [math.isnan(value) for value in against_reading] == [True, False, True, False, True]
    for label in range(CLASSES):
        known = scores[f"parsing_union_{label}"].isnan().tolist()
        read = scores[f"parsing_union_{label}_vs_reading"].isnan().tolist()
        assert (known, read) == (
            [False, False, True, True, False],
            [True, True, False, False, True],
        )


def test_iou_is_from_counts_summed_over_the_faces_that_have_labels():
    samples = make_samples()
    figures = evaluate(samples, 2)
    labelled = [
        (read_labels(samples[i]["hr_restored"]), samples[i]["parsing_target"]) for i in (0, 1, 4)
    ]
    read = [
        (read_labels(samples[i]["hr_restored"]), read_labels(samples[i]["hr_target"]))
        for i in (2, 3)
    ]
    for pairs, suffix in ((labelled, ""), (read, "_vs_reading")):
        ious = [count_iou(pairs, label) for label in range(CLASSES)]
        assert [figures[f"parsing_iou_{i}{suffix}"] for i in range(CLASSES)] == pytest.approx(ious)
        assert figures[f"parsing_miou{suffix}"] == pytest.approx(sum(ious) / CLASSES)


def test_every_batch_size_gives_the_same_figures():
    samples = make_samples()
    assert evaluate(samples, 1) == evaluate(samples, 2) == evaluate(samples, 5)


def test_processes_that_share_the_faces_give_the_same_figures():
    samples = make_samples()
    # Two processes get every second face, the last one padded with the first again.
    ranks = [FaceAccuracy(PaintedPrior(), device="cpu") for _ in range(2)]
    ranks[0].process(None, samples[0::2])
    ranks[1].process(None, [*samples[1::2], samples[0]])
    pairs = zip(ranks[0].results, ranks[1].results, strict=True)
    joined = list(itertools.chain.from_iterable(pairs))[: len(samples)]
    assert ranks[0].compute_metrics(joined) == evaluate(samples, 5)


def test_the_true_face_is_read_only_where_labels_are_missing():
    samples = make_samples()
    metric = FaceAccuracy(PaintedPrior(), device="cpu")
    metric.process(None, samples)
    assert metric.network.num_read == 5 + 3
    metric.process(None, samples[:1])
    assert metric.network.num_read == 8 + 1


def test_without_label_fields_everything_is_against_the_reading():
    samples = make_samples(2)
    for sample in samples:
        for name in ("landmarks", "landmark_known", "parsing_target"):
            del sample[name]
    figures = evaluate(samples, 2)
    assert math.isnan(figures["landmark_error"])
    assert math.isnan(figures["parsing_miou"])
    assert figures["landmark_error_vs_reading"] == pytest.approx(math.sqrt(2) / 20, abs=2e-3)


def test_it_reads_a_batch_of_the_preprocessor_without_heatmaps():
    labels = torch.randint(0, CLASSES, (16, 16), generator=torch.Generator().manual_seed(2))
    face = (paint(3, labels) * 255).round().byte().permute(1, 2, 0).numpy()
    parsing = labels.repeat_interleave(2, 0).repeat_interleave(2, 1).byte().numpy()
    sample = make_sample("a.png", face, make_points().numpy(), parsing)
    sample["hole_mask"] = torch.zeros(8, 8, dtype=torch.uint8).numpy()
    batch = FacePreprocessor(scale=4, heatmap_side=16, with_heatmaps=False)(pack_faces([sample]))
    metric = FaceAccuracy(PaintedPrior(), device="cpu")
    scores = metric.score(batch["hr_target"], batch)
    assert tuple(scores) == metric.columns
    assert scores["landmark_error"].item() == pytest.approx(3 * math.sqrt(2) / 10, abs=2e-3)
    figures = metric.summarise({name: column.tolist() for name, column in scores.items()})
    assert figures["parsing_miou"] == 1


def test_a_stage_without_sr_gives_no_figures():
    metric = FaceAccuracy(PaintedPrior(), device="cpu")
    metric.process(None, [{**make_samples(1)[0], "hr_restored": None}])
    assert metric.evaluate(1) == {}


def test_a_trained_network_is_built_by_name_from_its_file(tmp_path):
    config = dict(type="HourglassPrior", channels=8, num_hourglasses=1, depth=2, num_blocks=1)
    config |= dict(stem_channels=4, head_channels=4)
    given = tmp_path / "prior.pth"
    with pytest.raises(ConfigError, match="face_prior has no weights; an untrained network reads"):
        FaceAccuracy(config)
    torch.save({"state_dict": {"face_prior.x": torch.zeros(1)}}, given)
    with pytest.raises(CheckpointError, match="of another network than HourglassPrior"):
        FaceAccuracy({**config, "weights": str(given)})
    from fcsrlib.registry import FACE_PRIORS

    torch.manual_seed(0)
    network = FACE_PRIORS.build(config).eval()
    torch.save({f"face_prior.{k}": v for k, v in network.state_dict().items()}, given)
    metric = METRICS.build(
        dict(type="FaceAccuracy", face_prior={**config, "weights": str(given)}, device="cpu")
    )
    assert isinstance(metric, FaceScorer)
    assert not metric.network.training
    assert "HourglassPrior" in metric.protocol
    faces = torch.rand(2, 3, 32, 32)
    scores = metric.score(faces, {"hr_target": faces})
    assert scores["landmark_error_vs_reading"].tolist() == [0, 0]
    assert all(
        torch.equal(
            scores[f"parsing_union_{label}_vs_reading"],
            scores[f"parsing_intersection_{label}_vs_reading"],
        )
        for label in range(11)
    )


def test_other_eye_corners_reach_the_error():
    samples = make_samples(1)
    samples[0]["hr_restored"] = paint(2, torch.zeros(16, 16))
    batch = stack(samples)
    metric = FaceAccuracy(PaintedPrior(), eye_corners=[0, 1], device="cpu")
    error = metric.score(batch["hr_restored"], batch)["landmark_error"]
    moved = batch["landmarks"] + 2
    expected = landmark_error(moved, batch["landmarks"], batch["landmark_known"], (0, 1))
    assert error.item() == pytest.approx(expected.item(), rel=1e-2)
