"""The cryptography of rotating identifiers: the one module that derives keys and ids.

HKDF is RFC 5869 with SHA-256, no salt; AES is FIPS 197, one block an id. The library is loaded at
the first use: a station without rotating ids does without.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final, NamedTuple

from .core.rotation import WINDOWS, DayKey, IdTable

SECRET_BYTES: Final = 32
"""A person's secret: shared by the phone and the backend, and by nobody else."""
KEY_BYTES: Final = 16


class Infos(NamedTuple):
    """What keeps keys of different purposes apart."""

    key: bytes
    """For the key of a day's ids."""
    block: bytes
    """6 bytes at the start of each encrypted block."""


OURS: Final = Infos(b"HC-RPIK", b"HC-RPI")
_DAY: Final = b"HC-DAY"


def day_key(secret: bytes, day: int) -> bytes:
    """A person's key for a UTC day (days since 1970): 16 bytes. It tells nothing of other days."""
    return hkdf(secret, _DAY + day.to_bytes(4, "little"))


def day_ids(key: bytes, day: int) -> bytes:
    """The ids of a day key's 144 windows, 16 bytes each, in order."""
    return ids(key, day * WINDOWS, WINDOWS)


def ids(key: bytes, first: int, count: int, infos: Infos = OURS) -> bytes:
    """`count` ids from window `first` on, 16 bytes each."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    start = infos.block + bytes(6)
    blocks = b"".join(start + at.to_bytes(4, "little") for at in range(first, first + count))
    # Each block is encrypted once, under a key of its own: what ECB hides badly, repeats, is none.
    cipher = Cipher(algorithms.AES(hkdf(key, infos.key)), modes.ECB())  # noqa: S305
    encryptor = cipher.encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def id_at(secret: bytes, window: int) -> bytes:
    """The id that a person's phone shows in a window (windows since 1970): 16 bytes."""
    return ids(day_key(secret, window // WINDOWS), window, 1)


def hkdf(secret: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-256 and no salt, 16 bytes: one block, so that extract and expand do."""
    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:KEY_BYTES]


def resolve(keys: Iterable[DayKey]) -> IdTable:
    """Whose is which id, for all windows of these day keys. 10,000 keys take about a second."""
    return IdTable((key, day_ids(key.key, key.day)) for key in keys)
