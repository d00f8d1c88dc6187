"""What bridge and memo_service are told at their start: one clock of the office, one key, their own ports."""

from pathlib import Path

import pytest

from stack.ports import HOST, Ports
from stack.probes import AmiAccount
from stack.programs import Site, new_secret
from stack.settings import Part, StackSettings


def site(
    tmp_path: Path, clock_shift_s: int = 0, ports: Ports | None = None, settings: StackSettings | None = None
) -> Site:
    return Site(
        settings=settings or StackSettings(clock_shift_s=clock_shift_s),
        state=tmp_path,
        ports=ports or Ports(18_000),
        pbx="rehearsal",
        ami=AmiAccount(HOST, 18_001, "bridge", "secret"),
        redis_password=new_secret(),
        lookup_key=new_secret(),
        phone_token=new_secret(),
    )


@pytest.mark.parametrize("shift_s", [0, -5_270_400])
def test_bridge_and_memo_service_have_one_clock_and_one_key(tmp_path: Path, shift_s: int) -> None:
    one = site(tmp_path, clock_shift_s=shift_s)
    bridge, memo = (one.program(part).env for part in (Part.BRIDGE, Part.MEMO))
    assert bridge["CHARTERLINE_CLOCK_SHIFT_S"] == memo["CHARTERLINE_CLOCK_SHIFT_S"] == str(shift_s)
    assert bridge["CHARTERLINE_LOOKUP_KEY"] == memo["CHARTERLINE_LOOKUP_KEY"] == one.lookup_key
    assert len(one.lookup_key) >= 32


def test_the_menu_listens_where_asterisk_looks_for_it(tmp_path: Path) -> None:
    one = site(tmp_path)
    assert one.program(Part.BRIDGE).env["CHARTERLINE_AGI_PORT"] == "18005"
    assert one.ports.agi in one.ports_of(Part.BRIDGE)


def test_no_two_runs_share_a_key(tmp_path: Path) -> None:
    assert site(tmp_path).lookup_key != site(tmp_path).lookup_key
