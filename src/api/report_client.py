"""The client's side of reports as files."""

from __future__ import annotations

import asyncio
from typing import IO
from urllib.parse import quote

import httpx

from ..exports.forms import Wish
from .answers import error_of, no_answer
from .ingest_client import IngestClient

PATIENCE_SECONDS = 600
"""For the first byte: a million records as XLSX took a busy machine five minutes."""

ERROR_BYTES = 1 << 20
"""Of an answer that says no."""


class ReportClient(IngestClient):
    """Downloads what may be too large to hold."""

    async def write_log(self, event_id: str, wish: Wish, out: IO[bytes]) -> None:
        """Write the event's full log into `out`, as it comes. Raises BackendError, OSError."""
        url = f"{self.url}/events/{quote(event_id, safe='')}/report/log"
        secret = self._token or self._key
        request = self._http.build_request(
            "GET",
            url,
            params=_query(wish),
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            timeout=httpx.Timeout(30, read=PATIENCE_SECONDS),
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                await self._take(response, out)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise no_answer(self.url, error) from None

    async def _take(self, response: httpx.Response, out: IO[bytes]) -> None:
        if response.is_success:
            async for chunk in response.aiter_raw():
                await asyncio.to_thread(out.write, chunk)
            return
        told = bytearray()
        async for chunk in response.aiter_raw():
            told += chunk
            if len(told) > ERROR_BYTES:
                break
        raise error_of(self.url, response.status_code, response.headers, bytes(told))


def _query(wish: Wish) -> dict[str, str]:
    query = {"format": wish.form.value, "bom": "true" if wish.bom else "false"}
    return query | ({"columns": ",".join(wish.columns)} if wish.columns else {})
