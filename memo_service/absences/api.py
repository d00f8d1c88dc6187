"""The JSON API of absences, for programs at an officer's desk (rehearsals, another calendar).

Owns the form of requests and answers. Who may do what is the service's; a reason is given to him who may see
it, else the absence comes without one.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from memo_service.absences import labels
from memo_service.absences.rules import Absence, AbsenceRefusedError, Fault, Kind, Wanted
from memo_service.access.actor import Actor
from memo_service.context import Context
from office.directory import Id


class AbsenceIn(BaseModel):
    """What is asked for. Without `deputy` the directory's deputy stands in; null means nobody."""

    model_config = ConfigDict(extra="forbid")

    officer: Id
    kind: Kind = Kind.AWAY
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    deputy: Id | None = None
    note: Annotated[str, Field(max_length=200)] = ""


class FaultOut(BaseModel):
    """What is wrong, or worth knowing: a code, and cause and remedy in Korean."""

    code: str
    field: str
    told: str


class AbsenceOut(BaseModel):
    """An absence; `kind` is null for those who may not see the reason."""

    id: str
    officer: str
    kind: Kind | None
    starts_at: datetime
    ends_at: datetime
    deputy: str | None
    warnings: list[FaultOut] = []


def absence_api(context: Context) -> APIRouter:
    """Routes below /api/absences. 401 without a desk, 422 with the faults of what cannot be saved."""
    router = APIRouter(prefix="/api/absences", tags=["absences"])

    @router.get("")
    def list_absences(request: Request, officer: Annotated[str, Query()]) -> list[AbsenceOut]:
        """An officer's absences that are not over, by beginning."""
        actor = context.desk.actor(request)
        return [_out(context, actor, absence) for absence in context.absences.of(officer)]

    @router.post("", status_code=201, response_model=AbsenceOut)
    def set_absence(request: Request, asked: AbsenceIn) -> AbsenceOut | Response:
        """Save an absence."""
        actor = context.desk.actor(request)
        try:
            saved = context.absences.set(actor, _wanted(context, asked))
        except AbsenceRefusedError as error:
            return _refused(context, error)
        return _out(context, actor, saved.absence, *saved.warnings)

    @router.delete("/{absence}", status_code=204, response_class=Response)
    def cancel_absence(request: Request, absence: str) -> Response:
        """Take an absence back; one that has begun ends now."""
        try:
            context.absences.cancel(context.desk.actor(request), absence)
        except AbsenceRefusedError as error:
            return _refused(context, error)
        return Response(status_code=204)

    return router


def _wanted(context: Context, asked: AbsenceIn) -> Wanted:
    named = "deputy" in asked.model_fields_set
    return Wanted(
        officer=asked.officer,
        kind=asked.kind,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        deputy=asked.deputy if named else context.absences.standing.get(asked.officer),
        note=asked.note,
    )


def _refused(context: Context, error: AbsenceRefusedError) -> Response:
    faults = [_fault(context, fault) for fault in error.faults]
    told = " ".join(fault.told for fault in faults)
    status = 403 if faults[0].code == "not_allowed" else 422
    return JSONResponse({"detail": told, "faults": [fault.model_dump() for fault in faults]}, status)


def _fault(context: Context, fault: Fault) -> FaultOut:
    told = labels.sentence(fault, context.office.directory.officers)
    return FaultOut(code=fault.code, field=fault.field, told=told)


def _out(context: Context, actor: Actor, absence: Absence, *warnings: Fault) -> AbsenceOut:
    reason = actor.may_see_reason(context.office.directory, absence.officer)
    return AbsenceOut(
        id=absence.id,
        officer=absence.officer,
        kind=absence.kind if reason else None,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        deputy=absence.deputy,
        warnings=[_fault(context, warning) for warning in warnings],
    )
