"""Files that a command writes where the user said: names and presence are in them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

from ..core.errors import UsageError


def private_file(path: Path, *, new: bool = False) -> BinaryIO:
    """Open a file for writing, made with mode 0600 whatever the umask; an existing one keeps its.

    A symbolic link is refused: in a folder that others may write to, it could lead anywhere. With
    `new`, so is any file that exists. Raises OSError.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags | (os.O_EXCL if new else os.O_TRUNC), 0o600), "wb")


def not_written(path: Path, error: OSError) -> UsageError:
    """The file can't be written, and why."""
    if error.errno == errno.ELOOP:
        return UsageError(
            f"{path} is a symbolic link, and is not followed.", remedy="Name the file itself."
        )
    return UsageError(f"{path} can't be written: {error.strerror}.")
