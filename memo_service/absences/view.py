"""Puts together what the absence pages are given, for one actor at one moment.

Owns which absences a page reads. Words are `present`'s and `labels`', routes are `pages`'.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import HTMLResponse

from memo_service.absences import labels
from memo_service.absences.files import read_file
from memo_service.absences.form import Typed, typed_moment
from memo_service.absences.importing import Act, Reading, Step
from memo_service.absences.presence import BY_PHONE
from memo_service.absences.present import Choice, Presenter
from memo_service.absences.quick import Quick, quick_span
from memo_service.absences.rules import AbsenceRefusedError, Fault, Kind, Wanted, warnings_of
from memo_service.access.actor import Actor
from memo_service.context import Context
from memo_service.errors import NotFoundError
from office.calendar import KST

_DAY = timedelta(days=1)
_SHOWN = 200
_DEFAULT_LENGTH = timedelta(hours=1)


class AbsenceView:
    """The values of the pages' templates."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._absences = context.absences
        self._directory = context.office.directory
        self._present = Presenter(context.office.directory, context.office.calendar)

    def fresh(self, actor: Actor, who: str) -> Typed:
        """An empty form for `who`, with the directory's deputy."""
        officer = who if who in self._directory.officers else actor.officer
        return Typed(officer=officer, deputy=self._absences.standing[officer] or "")

    def stored(self, actor: Actor, absence: str) -> Typed:
        """The form of a stored absence; raises NotFoundError."""
        found = self._absences.get(absence)
        if not actor.may_set_absence(self._directory, found.officer):
            raise NotFoundError
        return Typed.from_absence(found, self._absences.notes(actor, [found]).get(absence, ""))

    def quick(self, typed: Typed, choice: str) -> Wanted:
        """자리 비움 for an hour, the afternoon or today; raises AbsenceRefusedError."""
        if choice not in labels.QUICK:
            raise AbsenceRefusedError(Fault("moment_missing", "ends_at", (labels.FIELDS["ends_at"],)))
        officer = self._directory.officers.get(typed.officer)
        starts_at, ends_at = quick_span(
            Quick(choice),
            self._context.now(),
            self._context.office.calendar,
            officer.department if officer else None,
        )
        return Wanted(typed.officer, Kind.AWAY, starts_at, ends_at, typed.deputy or None)

    def page(
        self,
        actor: Actor,
        typed: Typed,
        *,
        week: date | None = None,
        edit: str = "",
        saved: str = "",
        faults: Sequence[Fault] = (),
    ) -> HTMLResponse:
        """The whole page; 422 where something was refused."""
        values = {
            **self.standing(actor, week),
            "typed": typed,
            "edit": edit,
            "saved": self._saved(saved),
            "faults": self._told(faults),
            "choices": self.choices(typed),
            "history": self._history(edit),
        }
        return self._context.pages.page("absences.html", status=422 if faults else 200, **values)

    def shared(self, actor: Actor) -> dict[str, Any]:
        """What every page here is given."""
        return {
            "subjects": self._present.subjects(actor),
            "me": actor,
            "kinds": [(kind.value, words) for kind, words in labels.KINDS.items()],
            "quick": labels.QUICK,
            "banners": self._context.state.banners(),
            "observed": self._context.state.observed,
        }

    def standing(self, actor: Actor, week: date | None) -> dict[str, Any]:
        """What stands: whether he is away now, his absences, his team's week."""
        now = self._context.now()
        today = now.astimezone(KST).date()
        day = week or today
        monday = day - day.weekday() * _DAY
        subjects = self._present.subjects(actor)
        starts = datetime.combine(monday, datetime.min.time(), KST)
        ids = [officer.id for officer in subjects]
        in_week = self._absences.between(ids, starts, starts + 7 * _DAY)
        ahead = [a for a in self._absences.not_over(now)[1] if a.officer in ids][:_SHOWN]
        notes = self._absences.notes(actor, ahead)
        lines = [self._present.line(actor, absence, now, notes) for absence in ahead]
        own = {a.id for a in ahead if a.officer == actor.officer}
        return {
            **self.shared(actor),
            "now_away": self._away_now(actor, now),
            "mine": [line for line in lines if line.id in own],
            "others": [line for line in lines if line.id not in own],
            "week": self._present.week(actor, subjects, in_week, monday, today),
            "is_this_week": monday <= today < monday + 7 * _DAY,
        }

    def choices(self, typed: Typed) -> list[Choice]:
        """Whom to name as deputy, and who is away in the time typed so far (default: the next hour)."""
        now = self._context.now()
        starts_at = typed_moment(typed.starts) or now
        ends_at = typed_moment(typed.ends) or max(starts_at, now) + _DEFAULT_LENGTH
        _, beside = self._absences.not_over(min(now, starts_at))
        return self._present.choices(typed.officer, typed.deputy, beside, starts_at, ends_at)

    def imported(self, actor: Actor, who: str, raw: bytes, *, save: bool) -> dict[str, Any]:
        """What a file would do; with `save`, done if no line is at fault. `saved` says whether it was."""
        if who not in self._directory.officers:
            raise NotFoundError
        source, reading = read_file(raw, who, self._directory, self._context.now())
        if save and not reading.faults:
            plan = self._absences.bring_in(actor, reading.entries, source)
        else:
            plan = self._absences.look_at(actor, reading.entries)
        faulty = bool(reading.faults) or plan.faulty
        return {
            "saved": save and not faulty,
            "faulty": faulty,
            "faults": self._line_faults(reading, plan.steps),
            "left_out": [(u.line, *labels.told(u.fault, self._directory.officers)) for u in reading.left_out],
            "steps": [self._step(step) for step in plan.steps if step.act not in (Act.PAST, Act.NOTHING)],
            "counts": [
                (labels.STEPS[act.value], plan.count(act)) for act in Act if plan.count(act) and not faulty
            ],
            "who": who,
        }

    def _line_faults(self, reading: Reading, steps: Sequence[Step]) -> list[tuple[int, str, str]]:
        """(line, cause, remedy) of every line at fault, in the order of the file."""
        found = [(unread.line, unread.fault) for unread in reading.faults]
        found += [(step.line, fault) for step in steps for fault in step.faults]
        ordered = sorted(found, key=lambda pair: pair[0])
        return [(line, *labels.told(fault, self._directory.officers)) for line, fault in ordered]

    def _step(self, step: Step) -> dict[str, Any]:
        wanted = step.wanted
        return {
            "line": step.line,
            "act": step.act.value,
            "act_label": labels.STEPS[step.act.value],
            "who": self._present.officer(wanted.officer),
            "told": self._present.told(wanted, self._context.now()),
            "note": wanted.note,
            "deputy": self._present.officer(wanted.deputy),
            "warnings": [labels.sentence(w, self._directory.officers) for w in step.warnings],
            "at_fault": bool(step.faults),
        }

    def _away_now(self, actor: Actor, now: datetime) -> dict[str, str] | None:
        absence = self._absences.away_at(now).get(actor.officer)
        if absence is None:
            return None
        return {
            "kind": labels.KINDS[absence.kind],
            "until": labels.until(absence.ends_at, now),
            "deputy": self._present.officer(absence.deputy),
        }

    def _saved(self, absence: str) -> dict[str, Any] | None:
        """What was just saved, and what is worth knowing of it; None where it is gone."""
        if not absence:
            return None
        try:
            found = self._absences.get(absence)
        except NotFoundError:
            return None
        _, beside = self._absences.not_over(min(self._context.now(), found.starts_at))
        others = [other for other in beside if other.id != absence]
        wanted = Wanted(found.officer, found.kind, found.starts_at, found.ends_at, found.deputy)
        warnings = warnings_of(wanted, others, self._absences.standing)
        return {
            "told": self._present.told(found, self._context.now()),
            "deputy": self._present.officer(found.deputy),
            "warnings": [labels.sentence(warning, self._directory.officers) for warning in warnings],
        }

    def _history(self, absence: str) -> list[str]:
        """What was said of the absence that is being changed, oldest first."""
        now = self._context.now()
        return [
            f"{labels.moment(change.at, now)} {labels.ACTS[change.act]}: "
            f"{labels.KINDS[Kind(change.kind)]} {labels.span(change.starts_at, change.ends_at, now)}"
            f" ({labels.BY_PHONE if change.by == BY_PHONE else self._present.officer(change.by)})"
            for change in (self._absences.changes(absence) if absence else ())
        ]

    def _told(self, faults: Sequence[Fault]) -> list[dict[str, str]]:
        return [
            {
                "field": fault.field,
                "cause": labels.told(fault, self._directory.officers)[0],
                "remedy": labels.told(fault, self._directory.officers)[1],
            }
            for fault in faults
        ]
