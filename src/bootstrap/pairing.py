"""This machine's side of pairing and sign-in: ask the backend, keep the secret."""

from __future__ import annotations

from pathlib import Path

from ..api.access_client import AccessClient
from ..config import Config
from ..core.access import PairedScanner, SignedIn
from .asking import as_person, ask
from .credentials import Kind, forget_credential, keep_credential, person_token
from .paths import make_data_dir
from .scan import scanner_name

_FORGOTTEN = "The sign-in is forgotten here."


def pair(config: Config, code: str) -> tuple[PairedScanner, Path]:
    """Exchange a code for a key, and keep it. Raises BackendError, UsageError."""
    make_data_dir(config)
    paired = ask(AccessClient, config, "", lambda client: client.pair(code, scanner_name(config)))
    return paired, keep_credential(config, Kind.SCANNER, paired.key)


def sign_in(config: Config, email: str, password: str) -> tuple[SignedIn, Path]:
    """Exchange email and password for a token, and keep it. Raises BackendError, UsageError."""
    make_data_dir(config)
    with as_person():
        signed_in = ask(AccessClient, config, "", lambda client: client.sign_in(email, password))
    return signed_in, keep_credential(config, Kind.PERSON, signed_in.token)


def sign_out(config: Config) -> bool:
    """Forget the token here, then there; whether there was one. Raises BackendError."""
    token = person_token(config)
    was_there = forget_credential(config, Kind.PERSON)
    if was_there:
        with as_person(_FORGOTTEN, _FORGOTTEN, remedy=""):
            ask(AccessClient, config, token, lambda client: client.sign_out())
    return was_there
