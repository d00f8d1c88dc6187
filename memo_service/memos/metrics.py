"""Figures of memos for Prometheus, read when asked for."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from memo_service.memos.feature import MemoFeature
from memo_service.memos.reader import MemoFilter, Scope


class MemoCollector(Collector):
    """Unread memos, and recordings that somebody must look after (REC-01)."""

    def __init__(self, memos: MemoFeature) -> None:
        self._memos = memos

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The figures as they stand; none while the database cannot be read (`/readyz` says so)."""
        memos = self._memos
        try:
            unread = memos.reader.count(MemoFilter(Scope(everything=True), state="new"))
            lost, unclaimed = memos.sweep.lost(), len(memos.sweep.unclaimed())
        except DBAPIError:
            return
        yield GaugeMetricFamily("charterline_memos_unread", "Memos nobody has read", value=unread)
        yield GaugeMetricFamily(
            "charterline_recordings_lost", "Recordings told of and not there, or of 0 bytes", value=lost
        )
        yield GaugeMetricFamily(
            "charterline_recordings_unclaimed", "Recordings in the spool that no memo has", value=unclaimed
        )
