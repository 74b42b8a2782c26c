"""The backend's key pairs, sealing and signatures: the one module that knows PyNaCl (libsodium).

The library is loaded at the first use: a station that seals nothing does without. Private keys are
files of 32 random bytes in base64, of mode 0600, beside the backend's database.
"""

from __future__ import annotations

import base64
import functools
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .core.errors import ConfigError, UsageError
from .core.lan_key import event_key_text
from .core.log_keys import PublicKeys

if TYPE_CHECKING:
    from nacl.public import PrivateKey, SealedBox
    from nacl.signing import SigningKey

SEAL_FILE: Final = "backend-seal.key"
SIGN_FILE: Final = "backend-sign.key"
_SIZE: Final = 32
"""Bytes of a key, private or public (RFC 7748, RFC 8032)."""


class BackendKeys:
    """Opens what stations sealed, and countersigns; implements `core.log_keys.LogKeys`."""

    def __init__(self, seal_seed: bytes, sign_seed: bytes) -> None:
        self._seal_seed = seal_seed
        self._sign_seed = sign_seed

    @functools.cached_property
    def _box(self) -> SealedBox[PrivateKey]:
        from nacl.public import PrivateKey, SealedBox

        return SealedBox(PrivateKey(self._seal_seed))

    @functools.cached_property
    def _signer(self) -> SigningKey:
        from nacl.signing import SigningKey

        return SigningKey(self._sign_seed)

    @functools.cached_property
    def _public(self) -> PublicKeys:
        from nacl.public import PrivateKey

        return PublicKeys(
            _text(bytes(PrivateKey(self._seal_seed).public_key)),
            _text(bytes(self._signer.verify_key)),
        )

    def public(self) -> PublicKeys:
        """The public halves."""
        return self._public

    def open(self, box: bytes) -> bytes:
        """What a station sealed. Raises ValueError: for another key, or changed since."""
        from nacl.exceptions import CryptoError

        try:
            return self._box.decrypt(box)
        except CryptoError as error:
            raise ValueError(str(error)) from None

    def sign(self, message: bytes) -> str:
        """The signature of a message, base64."""
        return _text(self._signer.sign(message).signature)

    def lan_key(self, event_id: str) -> str:
        """The fleet key of an event's stations, the same each time."""
        return event_key_text(self._sign_seed, event_id)


def load_keys(folder: Path) -> BackendKeys:
    """The key pairs of the backend in `folder`; made at the first call. Raises UsageError."""
    return BackendKeys(_load(folder / SEAL_FILE), _load(folder / SIGN_FILE))


def _load(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        mode = path.stat().st_mode
        seed = parse_key(path.read_text(encoding="ascii"))
    except (OSError, UnicodeError) as error:
        raise UsageError(f"The key {path} can't be read or made: {error}.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"The key {path} can be read by others.", remedy=f"Run: chmod 600 {path}")
    if seed is None:
        raise UsageError(
            f"{path} is no key: expected 32 bytes in base64.",
            safe="It was not changed.",
            remedy="Bring it back from a backup: what was sealed for it opens with no other key.",
        )
    return seed


def _make(path: Path) -> None:
    """Write a new key, durably, under its name only when complete; another process's one stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(_text(secrets.token_bytes(_SIZE)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def sealer(public_key: str) -> Callable[[bytes], bytes]:
    """Seals for the holder of a key's private half. Raises ConfigError for a key that can't be."""
    from nacl.exceptions import CryptoError
    from nacl.public import PublicKey, SealedBox

    key = parse_key(public_key) or b""
    try:
        box = SealedBox(PublicKey(key))
        box.encrypt(b"")
    except (CryptoError, ValueError, TypeError):
        raise ConfigError(
            "log.seal_to is no public key of a backend.",
            safe="Nothing was recorded.",
            remedy="Print the right one with: headcount log seal-key",
        ) from None
    return box.encrypt


def is_signed(key: str, message: bytes, signature: str) -> bool:
    """Whether the holder of this key signed this message."""
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    try:
        VerifyKey(parse_key(key) or b"").verify(message, base64.b64decode(signature, validate=True))
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def parse_key(text: str) -> bytes | None:
    """32 bytes in base64 or in hexadecimal digits; None for anything else."""
    text = text.strip()
    try:
        hexadecimal = len(text) == 2 * _SIZE
        key = bytes.fromhex(text) if hexadecimal else base64.b64decode(text, validate=True)
    except ValueError:  # binascii's errors are such too
        return None
    return key if len(key) == _SIZE else None


def fingerprint(key: str) -> str:
    """The first bytes of a public key, to be read aloud: eight hexadecimal digits."""
    return (parse_key(key) or b"").hex()[:8]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
