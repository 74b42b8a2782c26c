"""Secrets of this machine: where `pair` and `sign-in` put them, and where they are found again."""

from __future__ import annotations

import os
import secrets
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from ..config import Config, read_secret
from ..core.errors import UsageError
from ..store.log_segment import make_parents


class Kind(StrEnum):
    """What a file under `credentials` holds; the values end its name."""

    SCANNER = "key"
    PERSON = "token"


def credential_file(config: Config, kind: Kind) -> Path:
    """One file for each backend, so that a secret is only ever sent to the one that gave it."""
    url = config.backend.url.strip().rstrip("/")
    return config.data_path / "credentials" / f"{quote(url, safe='')}.{kind}"


def scanner_key(config: Config) -> str:
    """The key to send batches with; empty for none. Raises ConfigError."""
    backend = config.backend
    return _find(config, Kind.SCANNER, backend.key, backend.key_file)


def person_token(config: Config) -> str:
    """The token to work as an admin with; empty for none. Raises ConfigError."""
    backend = config.backend
    return _find(config, Kind.PERSON, backend.token, backend.token_file)


def _find(config: Config, kind: Kind, value: SecretStr, file: str) -> str:
    if value.get_secret_value() or file:
        return read_secret(value, file, f"backend.{kind}_file")
    kept = credential_file(config, kind)
    return read_secret(value, str(kept), str(kept)) if kept.exists() else ""


def keep_credential(config: Config, kind: Kind, secret: str) -> Path:
    """Write a secret with mode 0600, whole or not at all. Raises UsageError."""
    path = credential_file(config, kind)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        make_parents(path)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(
            f"{path} can't be written: {error.strerror}.",
            remedy="Mend the data directory, or name another one with --data-dir; then try again.",
        ) from None
    return path


def forget_credential(config: Config, kind: Kind) -> bool:
    """Remove the file; whether there was one."""
    path = credential_file(config, kind)
    was_there = path.exists()
    path.unlink(missing_ok=True)
    return was_there
