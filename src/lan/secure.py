"""The cryptography: from a shared key and one handshake to keys for each direction.

X25519 for forward secrecy, HKDF-SHA256 over it and the fleet key, HMAC-SHA256 of the whole
handshake from both sides, then ChaCha20-Poly1305 with counters as nonces (RFC 7748, 5869, 8439).
Who lacks the fleet key gets no further than the handshake; who gets it later can't read what was
recorded before.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .wire import Reason, Refused

KEY_SIZE: Final = 32
PUBLIC_SIZE: Final = 32
NONCE_SIZE: Final = 32
MAC_SIZE: Final = 32
TAG_SIZE: Final = 16
"""What sealing adds to a message (RFC 8439, 2.8)."""
MARK_SIZE: Final = 8
_LABEL: Final = b"headcount lan 1"

Random = Callable[[int], bytes]


def fleet_mark(key: bytes, event_id: str) -> str:
    """What announcements say of key and event: 16 hexadecimal digits that tell a stranger nothing.

    Keyed, so that nobody can try names of events.
    """
    digest = hmac.digest(key, _LABEL + b" mark\0" + event_id.encode(), "sha256")
    return digest[:MARK_SIZE].hex()


@dataclass(frozen=True, slots=True)
class Session:
    """What both sides have after the handshake."""

    teller_proof: bytes
    listener_proof: bytes
    teller_key: bytes
    """Seals what the teller says."""
    listener_key: bytes


class Half:
    """One side's part of a handshake: a nonce and a key pair for this connection alone."""

    def __init__(self, random: Random) -> None:
        self._private = X25519PrivateKey.from_private_bytes(random(KEY_SIZE))
        self.hello = random(NONCE_SIZE) + self._private.public_key().public_bytes_raw()

    def meet(self, key: bytes, event_id: str, listener: bytes, teller: bytes) -> Session:
        """The session of both hellos; this side's own is one of them. Raises Refused."""
        theirs = teller if self.hello == listener else listener
        public = X25519PublicKey.from_public_bytes(theirs[NONCE_SIZE:])
        try:
            shared = self._private.exchange(public)
        except ValueError:  # a point of low order: the same secret with everybody
            raise Refused(Reason.WRONG_KEY, "a public key that is none") from None
        event = hashlib.sha256(event_id.encode()).digest()
        said = hashlib.sha256(_LABEL + b"\0" + event + listener + teller).digest()
        length = 4 * KEY_SIZE
        made = HKDF(SHA256(), length, salt=said, info=_LABEL + b" session").derive(shared + key)
        proofs, keys = made[: 2 * KEY_SIZE], made[2 * KEY_SIZE :]
        return Session(
            hmac.digest(proofs[:KEY_SIZE], b"teller" + said, "sha256"),
            hmac.digest(proofs[KEY_SIZE:], b"listener" + said, "sha256"),
            keys[:KEY_SIZE],
            keys[KEY_SIZE:],
        )


def require_same(given: bytes, expected: bytes) -> None:
    """Compare in constant time. Raises Refused."""
    if not hmac.compare_digest(given, expected):
        raise Refused(Reason.WRONG_KEY)


class Sealer:
    """Seals one direction's messages, or opens them: each with the next nonce."""

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._count = 0

    def seal(self, message: bytes) -> bytes:
        """The sealed message."""
        return self._cipher.encrypt(self._nonce(), message, None)

    def open(self, sealed: bytes) -> bytes:
        """The message. Raises Refused unless it is the next one of this direction, unchanged."""
        try:
            return self._cipher.decrypt(self._nonce(), sealed, None)
        except InvalidTag:
            raise Refused(Reason.CHANGED) from None

    def _nonce(self) -> bytes:
        self._count += 1
        return self._count.to_bytes(12, "big")
