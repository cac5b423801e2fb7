"""The three splits every reader knows, and how a folder without a list is divided."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from fcsrlib.data.image_files import encode_name
from fcsrlib.errors import ConfigError

SPLITS = ("train", "val", "test")


def check_split(split: str, max_images: int | None) -> None:
    """Check the arguments that readers share.

    Raises:
        ConfigError: An unknown split or a ``max_images`` below 1.
    """
    if split not in SPLITS:
        raise ConfigError(f"split is '{split}'; expected one of {', '.join(SPLITS)}.")
    if max_images is not None and max_images < 1:
        raise ConfigError(f"max_images is {max_images}; expected at least 1, or None for all.")


def check_shares(shares: Sequence[float]) -> None:
    """Check the shares of train, val and test.

    Raises:
        ConfigError: Not three shares of at least 0 that sum to 1.
    """
    if len(shares) != 3 or min(shares) < 0 or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise ConfigError(
            f"shares is {tuple(shares)}; expected three shares of train, val, test summing to 1."
        )


def assign_split(name: str, shares: Sequence[float]) -> str:
    """Return the split of an image by a hash of its relative name, equal on every machine.

    Raises:
        DataError: The name is not UTF-8.
    """
    digest = hashlib.blake2b(encode_name(name), digest_size=6).digest()
    position = int.from_bytes(digest, "big") / 2**48
    # The last share has no upper bound: 0.999... as a sum leaves no name without a split.
    bounds = (shares[0], shares[0] + shares[1])
    return SPLITS[sum(position >= bound for bound in bounds)]
