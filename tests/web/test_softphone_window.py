"""The softphone's window without a PBX: who gets it and its secret, and what it says when all is not well."""

import gzip
import json
import stat
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Response, expect

from tests.support.memo import MemoService
from tests.web.conftest import Seated

_CREDENTIALS = "/api/softphone/credentials"
_NO_MICROPHONE = """(name) => {
  Object.defineProperty(navigator.mediaDevices, "getUserMedia", {
    value: () => Promise.reject(new DOMException("", name)),
  });
}"""
_SILENT_MICROPHONE = """() => {
  const stream = async () => new AudioContext().createMediaStreamDestination().stream;
  Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: stream });
}"""
_INSECURE = 'Object.defineProperty(window, "isSecureContext", { value: false });'


@pytest.fixture
def provisioned(service: MemoService, tmp_path: Path) -> MemoService:
    """As after provisioning."""
    file = tmp_path / "state" / "softphones.json"
    file.write_text(json.dumps({"2202_web": "one", "2203_web": "two"}), encoding="utf-8")
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return service


def test_an_officer_gets_the_secret_of_his_own_softphone_alone(
    provisioned: MemoService, seated: Seated
) -> None:
    own = seated("kim_ms").request.post(_CREDENTIALS)
    assert own.json() == {"endpoint": "2202_web", "secret": "one"}
    assert own.headers["cache-control"] == "no-store"
    assert seated("park_kj").request.post(_CREDENTIALS).status == 403
    assert httpx.post(provisioned.url + _CREDENTIALS, trust_env=False).status_code == 401


def test_another_site_cannot_ask_for_it(provisioned: MemoService, seated: Seated) -> None:
    tab = seated("kim_ms")
    assert tab.request.post(_CREDENTIALS, headers={"Origin": "https://other.example"}).status == 403
    assert tab.request.get(_CREDENTIALS).status == 405


def test_renewed_secrets_are_handed_over_without_a_restart(
    provisioned: MemoService, seated: Seated, tmp_path: Path
) -> None:
    tab = seated("kim_ms")
    (tmp_path / "state" / "softphones.json").write_text('{"2202_web": "three"}', encoding="utf-8")
    assert tab.request.post(_CREDENTIALS).json() == {"endpoint": "2202_web", "secret": "three"}
    (tmp_path / "state" / "softphones.json").unlink()
    assert tab.request.post(_CREDENTIALS).status == 503


@pytest.mark.parametrize(
    ("error", "what", "remedy"),
    [
        ("NotAllowedError", "마이크 사용이 막혀 있습니다.", "허용"),
        ("NotFoundError", "마이크를 찾지 못했습니다.", "헤드셋을 꽂고"),
        ("NotReadableError", "다른 프로그램이 쓰고 있습니다.", "화상회의"),
        ("AbortError", "마이크를 쓰지 못했습니다.", "헤드셋을 확인"),
    ],
)
def test_a_missing_microphone_is_told_with_its_remedy(
    provisioned: MemoService, seated: Seated, error: str, what: str, remedy: str
) -> None:
    tab = seated("kim_ms")
    tab.goto("/softphone")
    tab.evaluate(_NO_MICROPHONE, error)
    tab.click("#start")
    expect(tab.get_by_role("alert")).to_contain_text(what)
    expect(tab.get_by_role("alert")).to_contain_text(remedy)
    expect(tab.get_by_role("button", name="다시 해 보기")).to_be_visible()


def test_an_address_without_https_is_told(provisioned: MemoService, seated: Seated) -> None:
    tab = seated("kim_ms")
    tab.add_init_script(_INSECURE)
    tab.goto("/softphone")
    expect(tab.get_by_role("alert")).to_contain_text("https")
    expect(tab.locator("#start")).to_be_hidden()


def test_a_pbx_that_does_not_answer_is_told_and_tried_again(provisioned: MemoService, seated: Seated) -> None:
    tab = seated("kim_ms")
    tab.route_web_socket("**/ws", lambda socket: None)  # it opens, and nobody speaks
    tab.goto("/softphone")
    tab.evaluate(_SILENT_MICROPHONE)
    tab.click("#start")
    expect(tab.locator("#line-text")).to_contain_text("다시 연결하는 중")
    expect(tab.get_by_role("alert")).to_contain_text("네트워크를 확인")


def test_the_window_fits_a_small_screen(provisioned: MemoService, seated: Seated) -> None:
    tab = seated("kim_ms", viewport={"width": 320, "height": 640})
    tab.goto("/softphone")
    tab.click("summary")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_page_sends_no_more_script_than_a_page_may(provisioned: MemoService, seated: Seated) -> None:
    """150 kB as sent: the proxy packs scripts, so this packs them alike (gzip, level 1)."""
    tab = seated("kim_ms")
    sent: list[int] = []
    tab.on(
        "response",
        lambda answer: sent.append(_packed(answer)) if answer.url.split("?")[0].endswith(".js") else None,
    )
    tab.goto("/softphone", wait_until="networkidle")
    assert len(sent) >= 7
    assert sum(sent) < 150_000


def _packed(answer: Response) -> int:
    return len(gzip.compress(answer.body(), 1))
