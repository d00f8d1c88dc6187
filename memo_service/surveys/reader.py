"""Reads surveys for the pages: figures by department, and the remarks that may be heard."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from memo_service.access.log import Opened, log_access, opened_since
from memo_service.access.viewer import Viewer
from memo_service.db.session import reading, writing
from memo_service.errors import NotFoundError
from memo_service.recordings.vault import Vault
from memo_service.surveys.figures import Opinions, by_department
from memo_service.surveys.models import Survey

_NEWEST = 50
_ONE_OPENING = timedelta(minutes=5)


class SurveyReader:
    """What a viewer may see of surveys."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._vault = vault
        self._now = now

    def figures(self, since: datetime) -> dict[str, Opinions]:
        """Opinions since `since` by department, of surveys that count."""
        query = select(Survey.department, Survey.score, Survey.remark_state).where(
            Survey.counts, Survey.at >= since
        )
        with reading(self._engine) as session:
            rows = [
                (department, score, state == "kept") for department, score, state in session.execute(query)
            ]
        return by_department(rows)

    def remarks(self, viewer: Viewer, since: datetime) -> Sequence[Survey]:
        """The newest remarks that can be heard, of the viewer's departments."""
        query = select(Survey).where(Survey.counts, Survey.at >= since, Survey.remark_state == "kept")
        if viewer.departments is not None:
            query = query.where(Survey.department.in_(viewer.departments))
        with reading(self._engine) as session:
            rows = session.scalars(query.order_by(Survey.at.desc()).limit(_NEWEST)).all()
            session.expunge_all()
        return rows

    def sound(self, viewer: Viewer, survey_id: str) -> bytes:
        """A remark as WAV, noted in the access log; raises NotFoundError, also for who may not hear it."""
        now = self._now()
        with writing(self._engine) as session:
            row = session.get(Survey, survey_id)
            if row is None or row.remark_state != "kept" or not viewer.sees_department(row.department):
                raise NotFoundError
            opening = (viewer.officer, Opened.RECORDING, survey_id)
            if not opened_since(session, now - _ONE_OPENING, *opening):
                log_access(session, now, *opening)
        return self._vault.get(survey_id)
