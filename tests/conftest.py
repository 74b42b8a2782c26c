from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from . import postgres
from .databases import Databases, PostgresDatabases, SqliteDatabases


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL of this test process's own; in CI it must be there."""
    if why := postgres.missing():
        if "CI" in os.environ:
            pytest.fail(why)
        pytest.skip(why)
    with postgres.cluster() as started:
        yield started


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """What runs on both databases asks for this."""
    if request.param == "sqlite":
        return SqliteDatabases(tmp_path_factory.mktemp("databases"))
    return PostgresDatabases(request.getfixturevalue("cluster"))


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A new database with its tables."""
    with databases.new() as url:
        yield url
