"""A terminal that may vanish (a closed ssh session): the program still ends in order.

Textual writes in a thread of its own, which ends at the first error; whoever writes after that
waits for ever. So what can't be written any more is dropped.
"""

from __future__ import annotations

import contextlib
from typing import IO, Any

from textual.driver import Driver


class Outlasting:
    """A text stream whose end is survived."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, or drop it."""
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush, or don't."""
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else is the stream's
        return getattr(self._file, name)


def outlasting(kind: type[Driver]) -> type[Driver]:
    """The driver of a Unix terminal that outlasts it; any other stays as it is."""
    if kind.__name__ != "LinuxDriver":
        return kind

    class OutlastingDriver(kind):  # type: ignore[misc, valid-type]
        _file: Any

        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*args, **kwargs)
            self._file = Outlasting(self._file)

    return OutlastingDriver
