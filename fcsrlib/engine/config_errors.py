"""Turns what a wrong config makes MMEngine and torch raise into errors of our own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fcsrlib.errors import ConfigError

_LOADERS = {"batch_size": 1, "num_workers": 0}


@contextmanager
def explaining_config() -> Iterator[None]:
    """Say in one line what the config asked for that cannot be had.

    Raises:
        ConfigError: A ``type`` that no registry of MMEngine's knows, or a batch of one face where
            BatchNorm has to train on 1x1 features.
    """
    try:
        yield
    except KeyError as error:
        message = str(error).strip("'\"")
        if " registry" not in message:
            raise
        raise ConfigError(
            f"the config names a type that is not there: {message.partition('. ')[0]}; check its "
            "spelling, or import the module that registers it by custom_imports."
        ) from error
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise ConfigError(
            "train_dataloader.batch_size of 1 gives BatchNorm nothing to average over in the "
            "innermost layers; use 2 or more."
        ) from error


def check_numbers(config: Mapping[str, Any], loaders: Iterable[Any]) -> None:
    """Check the numbers that MMEngine and torch would only refuse in their own words.

    Raises:
        ConfigError: Naming the key, what it holds and what it takes.
    """
    for loader in loaders:
        for key, least in _LOADERS.items():
            value = loader.get(key, least)
            if not isinstance(value, int) or value < least:
                raise ConfigError(f"{key} is {value!r}; expected an integer, {least} or more.")
    seed = config.get("randomness", {}).get("seed")
    if seed is not None and (not isinstance(seed, int) or seed < 0):
        raise ConfigError(f"the seed is {seed!r}; expected an integer, 0 or more.")
