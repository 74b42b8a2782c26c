"""Tells systemd how the service is (sd_notify(3)).

A datagram on a socket is all of the protocol. The one library for it, sdnotify, is of 2017 and has
no wheel, so that an installation without a network would have to build it.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Notifier:
    """Sends states to the socket that systemd named; without one it does nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        micros = environ.get("WATCHDOG_USEC", "")
        self.watchdog_seconds = int(micros) / 1e6 if micros.isdigit() else 0.0
        """How long systemd waits for a sign of life; 0: it does not watch."""

    @property
    def wanted(self) -> bool:
        """Whether systemd listens."""
        return self._address.startswith(("/", "@"))

    def tell(self, *states: str) -> None:
        """States such as READY=1; a line break in one would begin another, so it becomes a blank.

        Never raises: a service goes on without systemd.
        """
        if not self.wanted:
            return
        message = "\n".join(" ".join(state.splitlines()) for state in states).encode()
        # A leading @ stands for Linux's abstract names, which begin with a zero byte (unix(7)).
        address = self._address.replace("@", "\0", 1)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.connect(address)
                sock.send(message)
        except OSError as error:
            _log.warning("systemd could not be told: %s", error)
