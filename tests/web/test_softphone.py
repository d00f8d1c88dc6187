"""The softphone in a real Chromium, on a real PBX, with real SIP phones at the other end, listened to."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from rehearsal.phone import Call, answers, rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.ledger import Ledger
from rehearsal.softphone import Softphone
from tests.support.aside import Aside
from tests.support.memo import ROOT
from tests.support.world import VOICE_HZ, World, running_world, two_way

pytestmark = pytest.mark.pbx
OFFICE = ROOT / "tests" / "data" / "softphone-office"
_DIAL = """(number) => document.dispatchEvent(
  new CustomEvent("charterline:dial", { detail: { number, why: "callback" }, cancelable: true }))"""


@pytest.fixture(scope="module")
def world(aside: Aside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    exits = AsyncExitStack()
    running = running_world(tmp_path_factory.mktemp("softphone"), OFFICE)
    try:
        yield aside.run(exits.enter_async_context(running))
    finally:
        aside.run(exits.aclose())


async def talks(world: World, window: Softphone, caller: str, called: str) -> Call:
    """`caller`'s desk phone calls; the officer answers in the browser; both hear each other."""
    call = world.stage.phones[caller].call(called)
    await window.phase("ringing")
    await window.press("answer")
    await call.answered()
    await two_way(window, call, world.tone(caller))
    return call


def test_a_call_rings_in_the_browser_and_is_talked_held_and_keyed(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("5001")
        await world.desk_phone("5020")
        call = await talks(world, window, "5020", "5001")
        await window.keys("15#")
        await call.until(lambda: call.record.digits_received == "15#", 40.0)
        await window.press("hold")
        await call.until(lambda: not hears_tone(call, VOICE_HZ), 40.0)
        await window.hears(0)
        await window.press("hold")
        await two_way(window, call, world.tone("5020"))
        await window.press("mute")
        await call.until(lambda: not hears_tone(call, VOICE_HZ), 40.0)
        await window.hears(world.tone("5020"))
        await window.press("mute")
        await two_way(window, call, world.tone("5020"))
        await window.press("hang_up")
        await call.ended()
        await window.over()

    aside.run(scene())


def test_the_desk_page_answers_holds_and_dials_by_the_window(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("5010")
        await world.desk_phone("5024")
        desk = await window.desk()
        part = desk.locator("#softphone")
        call = world.stage.phones["5024"].call("5010")
        await part.locator('[data-sp="answer"]').click(timeout=40_000)
        await call.answered()
        await two_way(window, call, world.tone("5024"))
        await part.locator('[data-sp="hold"]').click()
        await call.until(lambda: not hears_tone(call, VOICE_HZ), 40.0)
        await desk.reload()  # the call is not the page's
        await part.locator('[data-sp="unhold"]').wait_for()
        await desk.keyboard.press("h")  # the key that holds lets go, too
        await two_way(window, call, world.tone("5024"))
        await part.locator('[data-sp="hangup"]').click()
        await call.ended()
        await part.get_by_text("전화를 받을 수 있습니다").wait_for()
        assert await desk.evaluate(_DIAL, "5024") is False  # somebody took it
        await window.phase("talking")
        await window.hears(world.tone("5024"))
        await part.locator('[data-sp="hangup"]').click()
        await window.over()

    aside.run(scene())


def test_a_citizen_is_greeted_and_counted_as_at_any_phone(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("5002")
        seen = world.stage.citizen("5002")
        await window.phase("ringing")
        await window.press("answer")
        await seen.call.answered()
        await two_way(window, seen.call, world.citizens_tone)
        await seen.call.hang_up()
        await window.over()
        ledger = Ledger(world.stack.url, "o5002")
        verdicts = await ledger.verdicts(seen)
        await ledger.close()
        assert (verdicts["T1"]["result"], verdicts["T2"]["result"]) == ("kept", "kept")

    aside.run(scene())


def test_the_browser_rings_beside_the_desk_phone_and_falls_silent_when_that_answers(
    aside: Aside, world: World
) -> None:
    async def scene() -> None:
        window = await world.ready("5003")
        await world.stage.phone("5003", answers(3.0))
        await world.desk_phone("5021")
        call = world.stage.phones["5021"].call("5003")
        await window.phase("ringing")
        await call.answered()
        await window.over()
        await call.hang_up()
        # and the other way round: the desk phone would ring on, the browser takes it
        call = world.stage.phones["5021"].call("5003")
        await window.phase("ringing")
        await window.press("reject")
        await window.over()
        await call.answered()
        await call.hang_up()

    aside.run(scene())


def test_a_caller_is_passed_on_with_and_without_asking_first(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("5004")
        await world.desk_phone("5005")
        await world.desk_phone("5006")
        call = await talks(world, window, "5005", "5004")
        await window.pass_on("5006", ask_first=False)
        await window.over()
        colleague = await world.stage.took("5006")
        await colleague.until(lambda: hears_tone(colleague, world.tone("5005")), 40.0)
        await call.until(lambda: hears_tone(call, world.tone("5006")), 40.0)
        await call.hang_up()
        await colleague.ended()

        call = await talks(world, window, "5005", "5004")
        await window.pass_on("5006", ask_first=True)
        await window.phase("talking", calls=2)
        await window.hears(world.tone("5006"))
        await window.press("join")
        await window.over()
        colleague = await world.stage.took("5006", 1)
        await colleague.until(lambda: hears_tone(colleague, world.tone("5005")), 40.0)
        await call.until(lambda: hears_tone(call, world.tone("5006")), 40.0)
        await call.hang_up()

    aside.run(scene())


def test_a_call_outlives_the_web_service_and_a_lost_line(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("5007")
        await world.desk_phone("5022")
        call = await talks(world, window, "5022", "5007")
        await world.stack.kill("memo_service")
        await two_way(window, call, world.tone("5022"))
        await window.cut()
        await window.line("lost")
        await two_way(window, call, world.tone("5022"))
        await window.line("ready")  # no page was asked for it
        await window.press("hold")
        await call.until(lambda: not hears_tone(call, VOICE_HZ), 40.0)
        await window.press("hold")
        await two_way(window, call, world.tone("5022"))
        await call.hang_up()  # over the new line the browser hears that it is over
        await window.over()
        await world.stack.start_part("memo_service")

    aside.run(scene())


def test_a_second_window_takes_over_only_with_consent(aside: Aside, world: World) -> None:
    async def scene() -> None:
        first = await world.ready("5008")
        await world.stage.phone("5023", rings_on())
        call = await talks(world, first, "5023", "5008")
        second = await world.softphone("o5008")
        await second.open()
        await second.line("elsewhere")
        await second.page.click("#trouble-go")
        await second.line("ready")
        await two_way(first, call, world.tone("5023"))  # the call that is up stays where it is
        await first.look()
        await first.line("elsewhere")
        await call.hang_up()
        await first.over()
        await talks(world, second, "5023", "5008")
        assert await first.page.locator(".sp-call").count() == 0

    aside.run(scene())


def test_a_reload_keeps_the_line_and_a_closed_window_leaves_it(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("5009")
        await window.page.reload()
        await window.line("ready")
        await window.page.close()
        await world.ready("5009")  # in another browser, and nobody is asked

    aside.run(scene())
