"""What citizens say and write stays text, and turns no letter outside itself, on every page that shows it."""

from playwright.sync_api import Page, expect
from redis import Redis

from tests.support.live_call import LiveCall
from tests.support.memo import MemoService
from tests.support.queue_seed import Seed, ago
from tests.web.conftest import Seated

_TURN = "\u202e"
NAME = f'<b onclick="x()">홍</b>{_TURN}길동'
MATTER = f"<img src=x>도로{_TURN}파임"
NUMBER = "01024680001"
_STRAY = """words => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!words.some((word) => node.data.includes(word))) continue;
    if (!node.parentElement.closest("bdi, textarea, option, title")) found.push(node.parentElement.outerHTML);
  }
  return found;
}"""
_COUNT = "words => words.filter((word) => document.body.innerHTML.includes(word)).length"


def held(page: Page, *, shows: bool = True) -> None:
    """It is there as it was typed, set apart from what stands around it, and none of its markup is alive."""
    if shows:
        assert page.evaluate(_COUNT, ["길동", "파임"]) > 0, page.url
    assert page.evaluate(_STRAY, ["길동", "파임"]) == [], page.url
    assert page.locator("b[onclick], img[src=x]").count() == 0, page.url


def test_names_and_matters_are_set_apart_on_every_page(
    seated: Seated, seed: Seed, service: MemoService, redis: Redis
) -> None:
    callback = seed.callback(ago(5), name=NAME, matter=MATTER, number=NUMBER)
    memo = service.get("/api/memos")["memos"][0]["id"]
    page = seated("kim_ms")
    page.context.request.post(f"/memos/{memo}/note", form={"words": MATTER})
    page.context.request.post(f"/callbacks/{callback}/note", form={"text": MATTER})
    for path in (f"/memos/{memo}", f"/memos/{memo}/slip", "/memos", f"/callbacks/{callback}", "/callbacks"):
        page.goto(path)
        held(page)
    page.locator(f"#open-{callback}").click()
    expect(page.locator("#part-memo .memo-matter")).to_be_visible()
    held(page)
    page.goto("/my")
    held(page)
    call = LiveCall(redis, caller=NUMBER).ring().answer()
    expect(page.locator(f"{call.card} .my-maybe")).to_contain_text("길동")
    page.locator(f"{call.card} [name=read_back]").fill(MATTER)
    expect(page.locator(f"{call.card} [data-kept]")).to_have_text("저장됨")
    held(page)
    call.end()
    expect(page.locator("[data-after] .my-gist")).to_contain_text("파임")
    held(page)
    page.goto(f"/calls/{call.id}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    held(page, shows=False)
