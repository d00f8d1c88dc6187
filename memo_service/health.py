"""Whether the service is well: /healthz, /readyz, /metrics, and the API's description at /docs.

Owns what counts as ready: Redis and the database answer. A lost PBX does not make the service unready; the
pages say so.
"""

from fastapi import APIRouter, FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import HTMLResponse, JSONResponse, Response

from memo_service.context import Context
from memo_service.stream.bridge_state import LinkState


def health_routes(context: Context, app: FastAPI) -> APIRouter:
    """Routes for those who run the service."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """200 when events can be taken in and kept, 503 else, with each part's state."""
        stream = context.state.stream
        ready = stream.redis_up and stream.database_up
        parts = {
            "ready": ready,
            "redis": stream.redis_up,
            "database": stream.database_up,
            "link": context.state.link.value,
        }
        return JSONResponse(parts, status_code=200 if ready else 503)

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(generate_latest(context.registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return context.pages.page("api_docs.html", paths=app.openapi()["paths"], banners=[], observed=())

    return router


class ServiceCollector(Collector):
    """Reads the figures when asked for; nothing is counted twice."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> list[CounterMetricFamily | GaugeMetricFamily]:
        """The figures as they stand."""
        state, stream = self._context.state, self._context.state.stream
        return [
            CounterMetricFamily(
                "charterline_events_kept", "Events committed to the ledger", value=stream.kept
            ),
            CounterMetricFamily(
                "charterline_events_dead", "Events put aside as unreadable", value=stream.dead
            ),
            CounterMetricFamily(
                "charterline_link_failures", "Failures of Redis or the database", value=stream.failures
            ),
            GaugeMetricFamily(
                "charterline_stream_waiting", "Entries waiting in the stream", value=stream.lag
            ),
            GaugeMetricFamily(
                "charterline_calls_up", "Calls on the board", value=len(self._context.board.records)
            ),
            GaugeMetricFamily("charterline_readers", "Open event streams", value=self._context.hub.clients),
            GaugeMetricFamily(
                "charterline_link_up", "1 if the PBX is linked", value=state.link is LinkState.UP
            ),
        ]
