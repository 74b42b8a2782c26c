from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.conftest import Station

from .hostile import HostileBackend


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


@pytest.fixture
def hostile(station: Station) -> Iterator[HostileBackend]:
    """A backend that means harm; the station is configured to talk to it."""
    with HostileBackend() as backend:
        station.environ["HEADCOUNT_BACKEND__URL"] = backend.url
        yield backend
