"""Eq. 4 to 11 read slowly in NumPy: the sums as the paper writes them, no code of the library.

Images are float64 (N, C, H, W). ``reduction`` is ``mean``, what the paper's weights are
used with, or ``sum``, the equation's letter; both are averaged over the batch.
"""

import math
from itertools import product
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

VGG_FILE = (
    Path(__file__).parents[2]
    / "fcsrlib"
    / "losses"
    / "weights"
    / "vgg16_conv1_to_conv3.safetensors"
)
VGG_MEAN = (123.68, 116.779, 103.939)
VGG_SCALES = dict(pool1=127.527, pool2=309.576, pool3=359.566)  # mean activations on faces
UNKNOWN = 255


def as_numpy(value):
    return value.detach().double().numpy()


def read_equation_4(logits, is_real):
    """Return the mean of ``log D``, or of ``log(1 - D)``, with ``D`` the sigmoid of a logit."""
    values = []
    for logit in logits.flatten():
        chance = 1 / (1 + math.exp(-logit))
        values.append(math.log(chance if is_real else 1 - chance))
    return sum(values) / len(values)


def read_equation_5(features, targets, reduction):
    total = 0.0
    for name, phi in features.items():
        count, channels, height, width = phi.shape
        for n, y, x in product(range(count), range(height), range(width)):
            norm = sum(abs(phi[n, :, y, x] - targets[name][n, :, y, x]))
            total += norm / (width * height) / count / (channels if reduction == "mean" else 1)
    return total


def read_equation_6(image, target, reduction, weigh=lambda n, y, x: 1.0, power=1):
    total = 0.0
    for n, c, y, x in np.ndindex(image.shape):
        total += weigh(n, y, x) * abs(image[n, c, y, x] - target[n, c, y, x]) ** power
    return total / (image.size if reduction == "mean" else len(image))


def read_equation_7(features, targets, reduction):
    total = 0.0
    for name, phi in features.items():
        count, channels, height, width = phi.shape
        for n in range(count):
            gap = np.zeros((channels, channels))
            for y, x in product(range(height), range(width)):
                one, other = phi[n, :, y, x], targets[name][n, :, y, x]
                gap += np.outer(one, one) - np.outer(other, other)
            norm = np.abs(gap / (channels * height * width)).sum()
            total += norm / count / (channels**2 if reduction == "mean" else 1)
    return total


def read_equation_8(image, reduction, counts=lambda n, y, x: True):
    count, channels, height, width = image.shape
    across, down = 0.0, 0.0
    for n, c, y, x in np.ndindex(image.shape):
        if x + 1 < width and counts(n, y, x) and counts(n, y, x + 1):
            across += abs(image[n, c, y, x + 1] - image[n, c, y, x])
        if y + 1 < height and counts(n, y, x) and counts(n, y + 1, x):
            down += abs(image[n, c, y + 1, x] - image[n, c, y, x])
    if reduction != "mean":
        return (across + down) / count
    pairs_across = count * channels * height * (width - 1)
    pairs_down = count * channels * (height - 1) * width
    return across / pairs_across + down / pairs_down


def read_equation_9(priors, landmark_target, landmark_known, parsing_target):
    """Return both squared errors of these tensors, each the mean over what has a target."""
    landmarks, parsing = as_numpy(priors.landmarks), as_numpy(priors.parsing)
    landmark_target, parsing_target = as_numpy(landmark_target), parsing_target.numpy()
    heat, parts = [], []
    for n, k in np.ndindex(landmark_known.shape):
        if landmark_known[n, k]:
            for y, x in np.ndindex(landmarks.shape[2:]):
                heat.append((landmarks[n, k, y, x] - landmark_target[n, k, y, x]) ** 2)
    for n, y, x in np.ndindex(parsing_target.shape):
        if parsing_target[n, y, x] != UNKNOWN:
            powers = [math.exp(logit) for logit in parsing[n, :, y, x]]
            for label, power in enumerate(powers):
                truth = 1.0 if label == parsing_target[n, y, x] else 0.0
                parts.append((power / sum(powers) - truth) ** 2)
    return sum(heat) / len(heat), sum(parts) / len(parts)


def read_features(image):
    """Return phi of Eq. 5 and 7: VGG-16 after its first three pools, over the shipped scales."""
    weights = {name: value.astype(np.float64) for name, value in load_file(VGG_FILE).items()}
    values = image * 255 - np.array(VGG_MEAN)[None, :, None, None]
    features = {}
    for block, depth in ((1, 2), (2, 2), (3, 3)):
        for index in range(1, depth + 1):
            name = f"conv{block}_{index}"
            values = convolve(values, weights[f"{name}.weight"], weights[f"{name}.bias"])
        corners = [values[:, :, dy::2, dx::2] for dy, dx in product(range(2), range(2))]
        values = np.max(corners, axis=0)
        features[f"pool{block}"] = values / VGG_SCALES[f"pool{block}"]
    return features


def convolve(values, kernel, bias):
    """Return a 3x3 convolution with zeros around, and what of it is positive."""
    padded = np.pad(values, ((0, 0), (0, 0), (1, 1), (1, 1)))
    height, width = values.shape[2:]
    out = np.zeros((len(values), len(bias), height, width)) + bias[None, :, None, None]
    for dy, dx in product(range(3), range(3)):
        window = padded[:, :, dy : dy + height, dx : dx + width]
        out += np.einsum("oc,nchw->nohw", kernel[:, :, dy, dx], window)
    return np.maximum(out, 0)


def read_equation_10(completed, composite, target, reduction):
    """Return the weighted terms of ``L_fc``."""
    phi, phi_composite, goal = map(read_features, (completed, composite, target))
    style, perceptual = (
        read(phi, goal, reduction) + read(phi_composite, goal, reduction)
        for read in (read_equation_7, read_equation_5)
    )
    return dict(
        fc_style=10 * style,
        fc_perceptual=0.1 * perceptual,
        fc_pixel=0.1 * read_equation_6(composite, target, reduction),
        fc_smooth=1 * read_equation_8(composite, reduction),
    )


def read_equation_11(restored, target, logits, face_prior, reduction):
    """Return the weighted terms of ``L_sr``; the adversarial one does not saturate."""
    return dict(
        sr_adversarial=-1e-3 * read_equation_4(logits, True),
        sr_face_prior=1 * face_prior,
        sr_perceptual=0.01
        * read_equation_5(read_features(restored), read_features(target), reduction),
        sr_pixel=1 * read_equation_6(restored, target, reduction),
        sr_smooth=0.01 * read_equation_8(restored, reduction),
    )
