"""Mails that say a memo waits: department, time and link, no personal data.

Owns when a mail is tried again, and that it goes out once. A mail that a server took is a receipt
(delivered).
"""

import asyncio
import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from memo_service.db.session import reading, writing
from memo_service.memos import store
from memo_service.memos.models import Memo, MemoMail
from office.calendar import KST
from office.directory import Directory

_PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
_LEASE = timedelta(minutes=2)
_TIMEOUT_S = 20.0
_LOOK_S = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """The mail server, and what a mail needs besides the memo.

    `url` is smtp://[user:password@]host[:port], or smtps.
    """

    url: str
    sender: str
    pages: str
    """Address of our own pages, for the link."""
    office: str


def queue_mail(session: Session, directory: Directory, memo: Memo, now: datetime) -> None:
    """Have a mail sent to the memo's officer, if he has an address, once the caller's transaction commits."""
    officer = directory.officers.get(memo.officer or "")
    if officer is not None and officer.email is not None:
        session.add(
            MemoMail(memo_id=memo.id, officer=officer.id, state="waiting", due_at=now, tries=0, fault=None)
        )


class Mailer:
    """Sends what is due."""

    def __init__(self, engine: Engine, directory: Directory, post: Post, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._directory = directory
        self._post = post
        self._now = now
        self._wanted = asyncio.Event()

    def touch(self) -> None:
        """A mail may be due."""
        self._wanted.set()

    async def run(self) -> None:
        """Send until cancelled: at once when touched, else twice a minute."""
        while True:
            try:
                await asyncio.to_thread(self.send_due)
            except DBAPIError as error:
                _log.warning("mails not looked at: %s", type(error.orig).__name__)
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            self._wanted.clear()

    def send_due(self) -> int:
        """Send every mail that is due; returns how many a server took."""
        with reading(self._engine) as session:
            query = select(MemoMail.memo_id).where(
                MemoMail.state == "waiting", MemoMail.due_at <= self._now()
            )
            due = list(session.scalars(query))
        return sum(self._send(memo_id) for memo_id in due)

    def _send(self, memo_id: str) -> bool:
        message = self._claim(memo_id)
        if message is None:
            return False
        try:
            self._hand_over(message)
        except (OSError, smtplib.SMTPException) as error:
            self._put_off(memo_id, type(error).__name__)
            return False
        self._note_sent(memo_id)
        return True

    def _claim(self, memo_id: str) -> EmailMessage | None:
        """The mail, if it is still ours to send: for two minutes nobody else takes it."""
        now = self._now()
        with writing(self._engine) as session:
            claimed = session.execute(
                update(MemoMail)
                .where(MemoMail.memo_id == memo_id, MemoMail.state == "waiting", MemoMail.due_at <= now)
                .values(due_at=now + _LEASE, tries=MemoMail.tries + 1)
                .returning(MemoMail.memo_id)
            ).first()
            memo = session.get(Memo, memo_id)
            if claimed is None or memo is None:
                return None
            message = self._message(memo)
            if message is None:
                session.get_one(MemoMail, memo_id).state = "failed"  # he left the directory meanwhile
            return message

    def _message(self, memo: Memo) -> EmailMessage | None:
        officer = self._directory.officers.get(memo.officer or "")
        if officer is None or officer.email is None:
            return None
        department = self._directory.departments[officer.department].name
        received = memo.received_at.astimezone(KST)
        message = EmailMessage()
        message["Subject"] = f"[{self._post.office}] {department} 새 메모"
        message["From"] = self._post.sender
        message["To"] = officer.email
        message["Date"] = format_datetime(self._now().astimezone(KST))
        message["Message-ID"] = make_msgid(memo.id, domain="charterline.invalid")
        message.set_content(
            f"{department}에 새 메모가 있습니다.\n받은 때: {received:%Y-%m-%d %H:%M}\n"
            f"{self._post.pages}/memos/{memo.id}\n"
        )
        return message

    def _hand_over(self, message: EmailMessage) -> None:
        url = urlsplit(self._post.url)
        secure = url.scheme == "smtps"
        kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with kind(
            url.hostname or "127.0.0.1", url.port or (465 if secure else 25), timeout=_TIMEOUT_S
        ) as server:
            if url.username:
                if not secure:
                    server.starttls()
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)

    def _put_off(self, memo_id: str, fault: str) -> None:
        with writing(self._engine) as session:
            mail = session.get_one(MemoMail, memo_id)
            again = mail.tries <= len(_PAUSES)
            mail.state = "waiting" if again else "failed"
            mail.due_at = self._now() + (_PAUSES[mail.tries - 1] if again else timedelta())
            mail.fault = fault
        _log.warning("mail not sent", extra={"memo_id": memo_id, "fault": fault})

    def _note_sent(self, memo_id: str) -> None:
        with writing(self._engine) as session:
            session.get_one(MemoMail, memo_id).state = "sent"
            memo = session.get_one(Memo, memo_id)
            store.receipt(session, memo, "delivered", self._now(), memo.officer or "", way="mail")
