"""`python -m tests.asterisk.transfer_traces [NAME…]`: real transfers, recorded as the PBX told them.

Owns tests/data/transfers: for each name what the bridge's manager user was sent (NAME.ami) and what the
journal held (NAME.csv), of one call from its arrival to its end. Numbers are made up.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from rehearsal.phone import TransferKey, answers, rejects, rings_on
from rehearsal.phone.audio import hears_tone
from tests.asterisk.pbx import Pbx, until
from tests.asterisk.transfers import goodbye, hears, press, talking, transfer_pbx

TRACES = Path(__file__).parents[1] / "data" / "transfers"
_SETTLE_S = 1.0


async def blind_ok(pbx: Pbx) -> None:
    """Blind REFER, answered after two seconds."""
    await pbx.stage.phone("5002", answers(2.0))
    seen, key = await talking(pbx, "5001")
    await key.blind("5002")
    await hears(pbx, seen, "5002")
    await goodbye(pbx, seen)


async def blind_busy_back(pbx: Pbx) -> None:
    """The new phone declines; the citizen is back with the first officer."""
    await pbx.stage.phone("5005", rejects(486))
    seen, key = await talking(pbx, "5006")
    await key.blind("5005")
    await pbx.stage.took("5006", 1)
    await hears(pbx, seen, "5006")
    await goodbye(pbx, seen)


async def attended_ok(pbx: Pbx) -> None:
    """REFER with Replaces after the colleague has answered."""
    await pbx.stage.phone("5008", answers(2.0))
    seen, key = await talking(pbx, "5007")
    consult = await key.consult("5008")
    await consult.until(lambda: hears_tone(consult, pbx.stage.phones["5008"].tone_hz or 0), 20)
    await key.pass_on()
    await hears(pbx, seen, "5008")
    await goodbye(pbx, seen)


async def blonde_ok(pbx: Pbx) -> None:
    """REFER with Replaces while the colleague's phone rings; he answers."""
    await pbx.stage.phone("5011", answers(3.0))
    seen, key = await talking(pbx, "5010")
    consult = await key.consult("5011")
    await consult.ringing()
    await key.pass_on()
    await hears(pbx, seen, "5011")
    await goodbye(pbx, seen)


async def blonde_noanswer(pbx: Pbx) -> None:
    """The same, and he does not answer; the citizen is back with the first officer."""
    await pbx.stage.phone("5015", rings_on())
    seen, key = await talking(pbx, "5012")
    consult = await key.consult("5015")
    await consult.ringing()
    await key.pass_on()
    await pbx.stage.took("5012", 1)
    await hears(pbx, seen, "5012")
    await goodbye(pbx, seen)


async def feature_blind(pbx: Pbx) -> None:
    """`#1` and the number."""
    await pbx.stage.phone("5017", answers(2.0))
    seen, key = await talking(pbx, "5016")
    await press(pbx, key.call, "#1", "5017")
    await hears(pbx, seen, "5017")
    await goodbye(pbx, seen)


async def feature_attended(pbx: Pbx) -> None:
    """`*2` and the number; the officer talks to the colleague, then hangs up."""
    await pbx.stage.phone("5019", answers(2.0))
    seen, key = await talking(pbx, "5018")
    await press(pbx, key.call, "*2", "5019")
    await key.call.until(lambda: hears_tone(key.call, pbx.stage.phones["5019"].tone_hz or 0), 20)
    await key.call.hang_up()
    await hears(pbx, seen, "5019")
    await asyncio.sleep(_SETTLE_S)  # the Local channel goes out of the way
    await goodbye(pbx, seen)


async def page_ami(pbx: Pbx) -> None:
    """The manager's BlindTransfer, as the officer's page orders it."""
    await pbx.stage.phone("5021", answers(2.0))
    seen, _ = await talking(pbx, "5020")
    peer = (await pbx.told(seen, Kind="Answered"))["Peer"]
    async with pbx.ami() as ami:
        order = (("Channel", peer), ("Context", "transfer"), ("Exten", "5021"))
        answer = await ami.ask("BlindTransfer", *order)
        assert answer["Response"] == "Success", answer
    await hears(pbx, seen, "5021")
    await goodbye(pbx, seen)


async def chain_of_three(pbx: Pbx) -> None:
    """Passed on three times, each time by who has him."""
    for extension in ("5026", "5027", "5028"):
        await pbx.stage.phone(extension, answers(1.0))
    seen, key = await talking(pbx, "5025")
    for extension in ("5026", "5027", "5028"):
        await key.blind(extension)
        await hears(pbx, seen, extension)
        key = TransferKey(pbx.stage.phones[extension], pbx.stage.taken[extension][-1])
    await goodbye(pbx, seen)


async def refused_self(pbx: Pbx) -> None:
    """To himself: straight back."""
    seen, key = await talking(pbx, "5029")
    await key.blind("5029")
    await pbx.stage.took("5029", 1)
    await hears(pbx, seen, "5029")
    await goodbye(pbx, seen)


async def parked_fetched(pbx: Pbx) -> None:
    """Parked with `*70`; a colleague fetches him with `*71`."""
    colleague = await pbx.stage.phone("5031", answers(1.0))
    seen, key = await talking(pbx, "5030")
    await key.blind("*70")
    await until(lambda: pbx.rows("PARK_START"))
    colleague.call("*71")
    await hears(pbx, seen, "5031")
    await goodbye(pbx, seen)


async def parked_back(pbx: Pbx) -> None:
    """Parked, and nobody fetches him; he is back with who parked him."""
    seen, key = await talking(pbx, "5032")
    await pbx.console("dialplan set global PARK_S 3")
    await key.blind("*70")
    await pbx.stage.took("5032", 1)
    await hears(pbx, seen, "5032")
    await goodbye(pbx, seen)


SCENES: dict[str, Callable[[Pbx], Awaitable[None]]] = {
    "blind-ok": blind_ok,
    "blind-busy-back": blind_busy_back,
    "attended-ok": attended_ok,
    "blonde-ok": blonde_ok,
    "blonde-noanswer": blonde_noanswer,
    "feature-blind": feature_blind,
    "feature-attended": feature_attended,
    "page-ami": page_ami,
    "chain-of-three": chain_of_three,
    "refused-self": refused_self,
    "parked-fetched": parked_fetched,
    "parked-back": parked_back,
}


async def record(pbx: Pbx, name: str, folder: Path) -> None:
    """Play one scene and write what the PBX told of it; raises whatever the scene raises."""
    journal = pbx.stack.state / "asterisk" / "journal" / "calls.csv"
    before = len(journal.read_bytes()) if journal.exists() else 0
    async with pbx.ami() as ami:
        told = asyncio.create_task(_read(ami.reader))
        await SCENES[name](pbx)
        await asyncio.sleep(_SETTLE_S)
        told.cancel()
        (folder / f"{name}.ami").write_bytes(bytes(await told))
    # where this machine keeps its state is nobody's business
    told_later = journal.read_bytes()[before:].replace(str(pbx.stack.state).encode(), b"/state")
    (folder / f"{name}.csv").write_bytes(told_later)


async def _read(reader: asyncio.StreamReader) -> bytearray:
    heard = bytearray()
    with contextlib.suppress(asyncio.CancelledError):
        while chunk := await reader.read(65536):
            heard += chunk
    return heard


async def main(names: list[str]) -> None:
    """Record the scenes named, or all."""
    with tempfile.TemporaryDirectory() as state:
        async with transfer_pbx(Path(state) / "state") as pbx:
            for name in names or SCENES:
                await record(pbx, name, TRACES)
                sys.stdout.write(f"{name}: recorded\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
