"""A call that is told step by step, each at the moment it is told, as the bridge tells of one that is up."""

from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from office import events as ev
from office.events import Side
from tests.support.feed import DESK, PBX, Script, publish

TARGET = ev.Phone(endpoint="2211", extension="2211", officer="jung_ha", department="minwon")


class LiveCall:
    """One citizen's call to the desk of kim_ms, unless `arrival` says else."""

    def __init__(self, redis: Redis, **arrival: Any) -> None:
        self._redis = redis
        self._told = 0
        self._arrival = arrival
        self._script = Script(start=datetime.now(UTC))

    @property
    def id(self) -> str:
        """The call's id."""
        return self._script.call_id

    @property
    def card(self) -> str:
        """Its card on the page of a desk (CSS)."""
        return f'[id="card-{self.id}"]'

    def ring(self, phone: ev.Phone = DESK, leg: str = "b", *, waited_ms: float = 0) -> "LiveCall":
        """A phone rings; `waited_ms`: so long already."""
        if not self._script.events:
            self._script.start -= timedelta(milliseconds=waited_ms)
            self._script.arrive(**self._arrival).dial()
        self._script.ring(self._now - waited_ms, leg, phone)
        return self._tell()

    def stop(self, phone: ev.Phone, leg: str, outcome: ev.Outcome) -> "LiveCall":
        """A phone stops ringing without its answer."""
        self._script.stop(self._now, leg, phone, outcome)
        return self._tell()

    def answer(self, phone: ev.Phone = DESK, leg: str = "b") -> "LiveCall":
        """A phone answers, and citizen and officer talk."""
        self._script.answer(self._now, leg, phone)
        self._script.add(ev.TalkStarted, self._now, leg, leg=self.id + leg, phone=phone)
        return self._tell()

    def answer_own(self, phone: ev.Phone = DESK, leg: str = "b") -> "LiveCall":
        """A phone answers whose officer greets himself: nothing is played."""
        self._script.answer(self._now, leg, phone)
        words: dict[str, Any] = {"words": ev.Words.NONE, "reason": "own_voice", "ring_ms": 500}
        self._script.add(ev.WordsChosen, self._now, "own", phone=phone, **words)
        self._script.add(ev.TalkStarted, self._now, leg, leg=self.id + leg, phone=phone)
        return self._tell()

    def leave(self, phone: ev.Phone = DESK, leg: str = "b") -> "LiveCall":
        """An officer's phone goes out of the call."""
        self._script.add(ev.TalkEnded, self._now, leg, leg=self.id + leg, phone=phone)
        self._script.hangup(self._now, Side.OFFICER, leg)
        return self._tell()

    def end(self, first: Side = Side.CITIZEN, phone: ev.Phone = DESK, leg: str = "b") -> "LiveCall":
        """Somebody hangs up, and the call is over."""
        self._script.hangup(self._now, first, "" if first is Side.CITIZEN else leg)
        self._script.add(ev.TalkEnded, self._now, leg, leg=self.id + leg, phone=phone)
        self._script.end(self._now, first)
        return self._tell()

    def passed_on(self, transfer: str, to: ev.Phone = TARGET, *, hop: int = 1) -> "LiveCall":
        """The PBX took an order to pass him on, from the desk's phone."""
        return self.told(
            ev.TransferRequested,
            transfer=transfer,
            way=ev.TransferWay.BLIND,
            by=DESK,
            exten=to.extension,
            officer=to.officer,
            department=to.department,
            hop=hop,
        )

    def passing_ended(
        self, transfer: str, result: ev.TransferResult, why: ev.Outcome | None = None
    ) -> "LiveCall":
        """How it ended."""
        return self.told(ev.TransferEnded, transfer=transfer, result=result, why=why)

    def told(self, kind: type[Any], **fields: Any) -> "LiveCall":
        """Any other event of this call, now."""
        self._script.add(kind, self._now, fields.get("transfer", ""), **fields)
        return self._tell()

    @property
    def _now(self) -> float:
        return (datetime.now(UTC) - self._script.start) / timedelta(milliseconds=1)

    def _tell(self) -> "LiveCall":
        publish(self._redis, self._script.events[self._told :])
        self._told = len(self._script.events)
        return self


def told_of(redis: Redis, command: str, state: str, reason: str = "") -> None:
    """What the bridge says became of a command."""
    event = ev.CommandTold(
        id=f"{PBX}/{command}/command_told",
        pbx=PBX,
        call_id="",
        at=datetime.now(UTC),
        command=command,
        state=state,
        reason=reason,
    )
    publish(redis, [event])
