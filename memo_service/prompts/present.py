"""Prompts as the pages show them. Owns no rule; what a state is called stands in `labels`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memo_service.memos.present import moment
from memo_service.prompts import labels
from memo_service.prompts.catalog import Prompt, whose
from memo_service.prompts.models import PromptAct, TextVersion
from office.directory import Directory


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of a list."""

    prompt: Prompt
    title: str
    """What it says, or where nothing is said, what it is."""
    where: str
    state: str
    """live, approval, rendering, recording, other: the colour and sign."""
    told: str
    figures: str
    approved: str
    to_approve: bool
    heard: bool
    id: str


class PromptPresenter:
    """Words for one office. `now` dates are told as from then."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def line(
        self, prompt: Prompt, approval: PromptAct | None, heard: Mapping[str, str], now: datetime
    ) -> Line:
        """A prompt in a list, or at the head of its page."""
        state = "live" if prompt.live else prompt.waits or "other"
        passed_on = prompt.to_approve and _is_of(approval, prompt)
        return Line(
            prompt=prompt,
            title=prompt.spoken or prompt.text or labels.kind(prompt.name) or prompt.name,
            where=self.where(prompt),
            state=state,
            told=labels.PASSED_ON if passed_on else _told(prompt),
            figures=_figures(prompt),
            approved=self._approved(prompt, approval, now),
            to_approve=prompt.to_approve and not passed_on,
            heard=bool(prompt.content) and heard.get(prompt.name) == prompt.content,
            id="p-" + prompt.name.replace("/", "-"),
        )

    def where(self, prompt: Prompt) -> str:
        """Whose words these are, and what for."""
        own = whose(prompt.name, self._directory)
        officer, department = (
            self._directory.officers.get(own.officer),
            self._directory.departments.get(own.department),
        )
        if prompt.name.startswith("officer/") and officer:
            subject = f"{officer.name} {officer.title}"
        elif own.exten:
            subject = f"내선 {own.exten}" + (f" ({department.name})" if department else "")
        else:
            subject = department.name if department else labels.WHOLE_OFFICE
        return " · ".join(part for part in (subject, labels.kind(prompt.name)) if part)

    def who(self, officer: str) -> str:
        """Name and title; his id where he has left the directory."""
        found = self._directory.officers.get(officer)
        return f"{found.name} {found.title}" if found else officer

    def version(self, row: TextVersion, now: datetime) -> dict[str, Any]:
        """A version of a text in the list of versions."""
        return {
            "version": row.version,
            "text": row.text,
            "who": self.who(row.by) if row.by else "기관 설정 파일",
            "at": moment(row.at, now) if row.version else "",
            "restored": row.restored,
        }

    def act(self, row: PromptAct, now: datetime) -> dict[str, Any]:
        """A line of a prompt's history."""
        return {"at": moment(row.at, now), "who": self.who(row.by), "what": labels.ACTS[row.kind]}

    def _approved(self, prompt: Prompt, approval: PromptAct | None, now: datetime) -> str:
        if approval is None or approval.kind != "approved":
            return ""
        told = f"{self.who(approval.by)}, {moment(approval.at, now)}"
        return told if _is_of(approval, prompt) else f"{told} (그 뒤 바뀜)"


def _is_of(approval: PromptAct | None, prompt: Prompt) -> bool:
    """Whether what was approved is what there is now."""
    return approval is not None and (approval.kind, approval.content) == ("approved", prompt.content)


def _told(prompt: Prompt) -> str:
    if prompt.live:
        return labels.LIVE
    return labels.WAITS[prompt.waits] if prompt.waits else labels.NOT_LIVE


def _figures(prompt: Prompt) -> str:
    shown: list[tuple[float | None, Callable[[float], str]]] = [
        (prompt.length_ms, lambda value: f"{value / 1000:.1f}초"),
        (prompt.peak_db, lambda value: f"최고 {value:.1f} dB"),
        (prompt.loudness_db, lambda value: f"음량 {value:.1f} dB"),
    ]
    return " · ".join(said(value) for value, said in shown if value is not None)
