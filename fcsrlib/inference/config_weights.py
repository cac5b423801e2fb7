"""Finds the trained weights that a config starts from, where it names released ones."""

from __future__ import annotations

from mmengine.config import Config

from fcsrlib.inference.weights import resolve_weights


def locate_config_weights(config: Config) -> Config:
    """Replace names and URLs of weights in a config by the paths of their files, in place.

    Those are ``model.generator_weights`` and ``model.face_prior.weights``. Networks themselves
    read paths alone.

    Args:
        config: A config as :func:`~fcsrlib.engine.config.read_config` returns it.

    Returns:
        ``config``.

    Raises:
        CheckpointError: There is no such file or release, or it cannot be fetched.
    """
    model = config.model
    if model.get("generator_weights"):
        model.generator_weights = str(resolve_weights(model.generator_weights))
    prior = model.get("face_prior")
    if prior and prior.get("weights"):
        prior.weights = str(resolve_weights(prior.weights))
    return config
