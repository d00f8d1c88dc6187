"""One passing on of a citizen, as his call remembers it (charter T5). The rules are in `transfer`."""

from typing import NamedTuple

from office.events import TransferResult, TransferWay


class Passing(NamedTuple):
    """A transfer of a call. Times are epoch µs of the PBX."""

    id: str
    """Blind: the Uniqueid of the transferring channel; attended: of the consultation's first channel."""
    way: TransferWay
    by: str
    """Name of the channel that passes the citizen on."""
    by_uid: str
    exten: str
    at: int
    inside: bool = False
    """The consultation runs on channels of the citizen's own call, behind a Local pair (feature `*2`)."""
    released: bool = False
    """Attended: the officer has left; whoever answers now has the citizen (XFR-02)."""
    leg: str = ""
    """The channel of the new officer's phone, once it is known."""
    answered: bool = False
    limit_told: bool = False
    result: TransferResult | None = None

    @property
    def open(self) -> bool:
        """Not ended yet."""
        return self.result is None

    @property
    def citizen_waits(self) -> bool:
        """The citizen himself waits for the new phone: the officer is out."""
        return self.open and (self.way is TransferWay.BLIND or self.released)

    @property
    def rings_here(self) -> bool:
        """The new officer's phone is a channel of the citizen's call."""
        return self.citizen_waits or (self.open and self.inside)

    @property
    def officer_is_out(self) -> bool:
        """Whether the transferring phone's going down means nothing (XFR-03)."""
        if self.result is TransferResult.CANCELLED:
            return False
        handing_over = self.inside and self.open
        return self.way is TransferWay.BLIND or self.released or handing_over or self._connected

    @property
    def _connected(self) -> bool:
        return self.result is TransferResult.CONNECTED

    @property
    def counts(self) -> bool:
        """Whether the citizen was passed on by it: what was refused or only asked is no hop."""
        return self.result not in (TransferResult.CANCELLED, TransferResult.REFUSED)
