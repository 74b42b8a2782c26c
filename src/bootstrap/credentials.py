"""Secrets of this machine: where `pair` and `sign-in` put them, and where they are found again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from ..config import Config, read_secret
from ..core.errors import ConfigError, UsageError
from ..store.log_segment import make_parents

SERVICE_CREDENTIAL = "scanner-key"
"""The name under which the service's unit hands the key over."""


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
    if not backend.key.get_secret_value() and (handed := handed_over(os.environ)):
        return handed
    return _find(config, Kind.SCANNER, backend.key, backend.key_file)


def handed_over(environ: Mapping[str, str]) -> str:
    """The key that systemd gave a service (LoadCredential=); empty for none.

    The file's mode is not looked at: the folder is this service's alone, and systemd lets its user
    read by an access list, which shows as the group's bits (systemd.exec(5), "Credentials").
    """
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(folder) / SERVICE_CREDENTIAL
    if not folder or not file.is_file():
        return ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The key in {file}, given by systemd, can't be read.") from None


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
    return keep_secret(credential_file(config, kind), secret)


def keep_secret(path: Path, secret: str) -> Path:
    """Write a secret with mode 0600, whole or not at all. Raises UsageError."""
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
