"""Databases for the tests, of both kinds: a new one, or a copy of one that was filled."""

from __future__ import annotations

import itertools
import shutil
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from headcount.store.server import open_store

from .postgres import Cluster


class Databases:
    """Makes databases of one kind; the tables are made once, then copied."""

    name: str

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._tables = ""

    @contextmanager
    def new(self) -> Iterator[str]:
        """The URL of a database that has its tables and nothing else."""
        if not self._tables:
            self._tables = self.make()
            open_store(self._tables).close()
        with self.copy(self._tables) as url:
            yield url

    @contextmanager
    def copy(self, url: str) -> Iterator[str]:
        """The URL of a copy of a database that nobody has open."""
        copied = self.make(url)
        yield copied
        self.remove(copied)

    @abstractmethod
    def make(self, template: str = "") -> str:
        """An empty database, or a copy; its URL."""

    @abstractmethod
    def remove(self, url: str) -> None:
        """Remove it."""


class SqliteDatabases(Databases):
    """Files in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def make(self, template: str = "") -> str:
        path = self._folder / f"{next(self._numbers)}.db"
        if template:
            shutil.copy(str(make_url(template).database), path)
        return f"sqlite:///{path}"

    def remove(self, url: str) -> None:
        Path(str(make_url(url).database)).unlink()


class PostgresDatabases(Databases):
    """Databases of one server."""

    name = "postgresql"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def make(self, template: str = "") -> str:
        return self._cluster.create(str(make_url(template).database) if template else "template1")

    def remove(self, url: str) -> None:
        self._cluster.drop(url)
