"""What every page and API function needs, put together once by `memo_service.app`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry

from memo_service.absences.service import Absences
from memo_service.access.accounts import Accounts
from memo_service.access.desk import Desk
from memo_service.access.entry import Entry
from memo_service.access.viewer import Access
from memo_service.aftercall.feature import AfterFeature
from memo_service.callbacks.feature import CallbackFeature
from memo_service.callbacks.live import LiveCallbacks
from memo_service.calls.board import Board
from memo_service.calls.present import Presenter
from memo_service.ledger.reader import Reader
from memo_service.memos.feature import MemoFeature
from memo_service.phone.feature import PhoneFeature
from memo_service.prompts.feature import PromptFeature
from memo_service.settings import Settings
from memo_service.state import State
from memo_service.surveys.feature import SurveyFeature
from memo_service.talk.said import Said
from memo_service.transfers.feature import TransferFeature
from memo_service.visitors.feature import VisitorFeature
from memo_service.web.hub import Hub
from memo_service.web.templating import Pages
from office.folder import Office


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running service."""

    settings: Settings
    office: Office
    access: Access
    desk: Desk
    entry: Entry
    accounts: Accounts
    absences: Absences
    memos: MemoFeature
    callbacks: CallbackFeature
    live_callbacks: LiveCallbacks
    transfers: TransferFeature
    phone: PhoneFeature
    prompts: PromptFeature | None
    surveys: SurveyFeature
    after: AfterFeature
    visitors: VisitorFeature
    said: Said
    reader: Reader
    present: Presenter
    board: Board
    hub: Hub
    pages: Pages
    state: State
    registry: CollectorRegistry
    now: Callable[[], datetime]
