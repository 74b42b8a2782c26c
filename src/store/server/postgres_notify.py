"""Word of other processes' commits, by PostgreSQL's NOTIFY and LISTEN.

It is a hint, for speed: what was said while nobody listened is lost, so a new connection counts
everything as changed. The versions (`tracked.py`) stay the truth, and are looked at now and then.
"""

from __future__ import annotations

import json
import logging
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from ...core.live import EVERYTHING, Listener, Topic

CHANNEL = "headcount"

PAYLOAD = 7_900
"""Bytes of one message; PostgreSQL takes fewer than 8,000. A longer one says only "everything"."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between tries to connect again; doubled each time. The versions are read meanwhile."""

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_LISTEN = f"LISTEN {CHANNEL}"

_log = logging.getLogger(__name__)

Connect = Callable[[], psycopg.Connection[Any]]
"""A connection of its own, in autocommit mode. Raises psycopg.Error."""


def announce(connection: Connection, topics: Iterable[Topic], sender: str) -> None:
    """Say what the transaction wrote to; PostgreSQL delivers it after the commit."""
    if said := sorted(topics):
        payload = json.dumps([sender, said])
        if len(payload) > PAYLOAD:  # JSON as it is written here is ASCII
            payload = json.dumps([sender, [EVERYTHING]])
        connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})


def understand(payload: str, own: str) -> frozenset[Topic]:
    """What others wrote to; nothing for our own word, everything for a message of another kind."""
    try:
        sender, said = json.loads(payload)
        topics = frozenset(Topic(str(event_id), str(table)) for event_id, table in said)
    except (ValueError, TypeError):
        return frozenset({EVERYTHING})
    return frozenset() if sender == own else topics


class Ears:
    """Listens in a thread of its own until closed; connects again by itself, without a word.

    Whoever asks the database meanwhile says that it is away.
    """

    def __init__(self, connect: Connect, tell: Listener, own: str) -> None:
        """`own`: the name under which we announce; what we say we know before."""
        self._connect = connect
        self._tell = tell
        self._own = own
        self._closed = threading.Event()
        self._waker, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True, name="listen")
        self._thread.start()

    def close(self) -> None:
        """Stop listening. A connection that is just being made ends by itself."""
        self._closed.set()
        self._waker.close()  # the other end becomes readable
        self._thread.join(1.0)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        with closing(self._wake):
            while not self._closed.is_set():
                try:
                    with closing(self._connect()) as connection:
                        connection.execute(_LISTEN)
                        pause = FIRST_PAUSE
                        self._tell(frozenset({EVERYTHING}))
                        self._hear(connection)
                except (psycopg.Error, OSError) as error:
                    _log.debug("not listening to the database: %s", error)
                self._closed.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _hear(self, connection: psycopg.Connection[Any]) -> None:
        with selectors.DefaultSelector() as selector:
            for each in (connection, self._wake):
                selector.register(each, selectors.EVENT_READ)
            while not self._closed.is_set():
                selector.select()
                for message in connection.notifies(timeout=0):
                    if topics := understand(message.payload, self._own):
                        self._tell(topics)
