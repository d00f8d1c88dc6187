"""What every page and API function needs, put together once by `memo_service.app`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry

from memo_service.access.viewer import Access
from memo_service.calls.board import Board
from memo_service.calls.present import Presenter
from memo_service.ledger.reader import Reader
from memo_service.settings import Settings
from memo_service.state import State
from memo_service.web.hub import Hub
from memo_service.web.templating import Pages
from office.folder import Office


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running service."""

    settings: Settings
    office: Office
    access: Access
    reader: Reader
    present: Presenter
    board: Board
    hub: Hub
    pages: Pages
    state: State
    registry: CollectorRegistry
    now: Callable[[], datetime]
