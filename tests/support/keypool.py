"""RSA keys for the platforms of tests, made once per process: making one takes long."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from bridge.sandbox.pki import KeyKind, PrivateKey, new_key

_SIZE: Final = 32
_STEP: Final = 10
_starts: Final = itertools.count(step=_STEP)


class PooledKeys:
    """Keys of one platform: it never has one twice, and its neighbours in time have others.

    A platform made much later may have the same keys again; what a test compares is one platform
    with itself, or with one made beside it.
    """

    def __init__(self) -> None:
        start = next(_starts)
        self._places = iter([(start + number) % _SIZE for number in range(_SIZE)])

    def __call__(self, kind: KeyKind, curve: ec.EllipticCurve | None = None) -> PrivateKey:
        place = next(self._places, None) if kind == "rsa" else None
        return new_key(kind, curve) if place is None else _pooled(place)


@cache
def _pooled(_place: int) -> PrivateKey:
    return new_key("rsa")
