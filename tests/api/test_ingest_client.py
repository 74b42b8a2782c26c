"""The command line's side of seed files and insights, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp
from tests.api.conftest import ADMIN, KEY

from headcount.api.ingest_client import IngestClient
from headcount.api.seeding import SeedBody
from headcount.core.errors import BackendRejected, KeyRefused
from headcount.core.seed import Outcome, SeedFile, SeedKind

USERS = SeedFile("users.csv", "name,email,role\nCid,cid@example.org,operator\nDan,dan,\n")
WALK_INS = "event,email\ne1,ana@example.org\n"


async def test_files_and_insights_go_over_http_as_an_admin(
    app: ASGIApp, serving: Callable[..., AbstractContextManager[str]]
) -> None:
    with serving(app) as address:
        async with IngestClient(f"http://{address}", token=ADMIN) as client:
            preview = await client.seed(SeedBody([USERS], preview=True))
            done = await client.seed(SeedBody([USERS, SeedFile("registrations.csv", WALK_INS)]))
            with pytest.raises(BackendRejected, match="lacks the column"):
                await client.seed(SeedBody([SeedFile("users.csv", "nome\n")]))
            made = await client.generate_insights("e1")
            assert await client.insights("e1") == []
        async with IngestClient(f"http://{address}", key=KEY) as scanner:
            with pytest.raises(KeyRefused):
                await scanner.seed(SeedBody([USERS]))
    (users,) = preview.files
    assert (users.kind, users.stored, users.created) == (SeedKind.USERS, False, 1)
    assert [change.outcome for change in users.changes] == [Outcome.CREATED]
    assert [(error.row, error.column, error.value) for error in users.errors] == [
        (3, "email", "dan")
    ]
    assert [(each.created, each.unchanged, each.stored) for each in done.files] == [
        (1, 0, True),
        (0, 1, True),
    ]
    assert made.found == 0
