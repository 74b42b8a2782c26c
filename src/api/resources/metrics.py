"""GET /metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..describe import describe
from ..endpoint import Context, in_thread
from ..metrics import MEDIA_TYPE


@describe(
    "Counts for Prometheus, of this process",
    media_type="text/plain",
    example='headcount_requests_total{method="GET",route="/events",status="200"} 12.0\n',
)
async def show(_request: Request, ctx: Context) -> Response:
    """The metrics."""
    size = await in_thread(ctx.backend.database_bytes)
    return Response(ctx.metrics.text(size), media_type=MEDIA_TYPE)
