"""What the PBX should know of the office: hours, roster, absences. Dates are of Korea's real calendar."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ami_bridge.flags.wanted import DUTY_DAYS, HOURS_DAYS, VALUE_MAX, difference, families, wanted
from office.calendar import KST
from office.commands import AwaySpan, Wishes
from office.folder import Office, read_office
from tests.replay.play import ROOT

EXAMPLE = ROOT / "examples" / "pyeongchang"
TUESDAY = datetime(2026, 9, 22, 10, 0, tzinfo=KST)
"""Thursday to Saturday after it are Chuseok."""
ALWAYS = """
[[hours]]
weekdays = [1, 2, 3, 4, 5, 6, 7]
hours = [["00:00", "00:00"]]
on_holidays = true
"""


def office(calendar: str = "") -> Office:
    texts = {name: (EXAMPLE / name).read_text() for name in ("charter.toml", "directory.toml")}
    return read_office({**texts, "calendar.d/2026.toml": calendar})


def flags(calendar: str = "", *, now: datetime = TUESDAY, wishes: Wishes | None = None) -> dict[str, str]:
    return wanted(office(calendar), wishes, now)


def duty(calendar: str, now: datetime = TUESDAY) -> list[str]:
    """Spans of the roster as `0922 1800-0923 0900 2201+…`."""
    return [_readable(span) for span in flags(calendar, now=now)["duty/list"].split("&")]


def _readable(span: str) -> str:
    start, end, numbers = span.split("-")
    moments = (datetime.fromtimestamp(int(epoch), KST) for epoch in (start, end))
    return f"{'-'.join(f'{moment:%m%d %H%M}' for moment in moments)} {numbers}"


def away(*spans: AwaySpan, exten: str = "2201", now: datetime = TUESDAY) -> str | None:
    return flags(now=now, wishes=Wishes(away={exten: spans})).get(f"away/{exten}")


def roster(**days: str) -> str:
    """`d0922="2201"`: who is on duty from the evening of 22 September on."""
    return "".join(
        f"[[duty]]\ndate = 2026-{day[1:3]}-{day[3:]}\nnumbers = [{numbers}]\n"
        for day, numbers in days.items()
    )


class TestHours:
    def test_every_department_and_the_office_itself_sixty_days_ahead(self) -> None:
        found = {key for key in flags() if key.startswith("hours/")}
        departments = {key.split("/")[1] for key in found}
        assert departments == {"-", *office().directory.departments}
        assert len(found) == len(departments) * HOURS_DAYS
        days = sorted(key.split("/")[2] for key in found if key.startswith("hours/-/"))
        assert (days[0], days[-1]) == ("20260922", "20261120")

    def test_a_day_is_the_offices_and_not_utcs(self) -> None:
        late = datetime(2026, 9, 22, 23, 59, tzinfo=KST)
        assert "hours/-/20260922" in flags(now=late)
        assert "hours/-/20260922" not in flags(now=late + timedelta(minutes=1))

    def test_phones_ring_over_lunch_unless_the_office_closes_then(self) -> None:
        assert flags()["hours/-/20260922"] == "0900-1800"
        assert flags('[[lunch]]\nrule = "closed"\n')["hours/-/20260922"] == "0900-1200&1300-1800"

    def test_a_departments_own_lunch_is_its_own(self) -> None:
        department = next(iter(office().directory.departments))
        found = flags(f'[[lunch]]\nscope = "{department}"\nrule = "closed"\n')
        assert found[f"hours/{department}/20260922"] == "0900-1200&1300-1800"
        assert found["hours/-/20260922"] == "0900-1800"

    def test_days_off_are_closed(self) -> None:
        found = flags('[[close]]\ndate = 2026-09-23\nname = "임시공휴일"\n')
        assert [found[f"hours/-/202609{day}"] for day in range(22, 29)] == [
            "0900-1800", "closed", "closed", "closed", "closed", "closed", "0900-1800",
        ]  # fmt: skip

    def test_a_day_without_end_ends_at_2400(self) -> None:
        assert flags(ALWAYS)["hours/-/20260922"] == "0000-2400"


class TestDuty:
    def test_from_closing_time_to_the_next_opening(self) -> None:
        assert duty(roster(d0922='"2201"')) == ["0922 1800-0923 0900 2201"]

    def test_over_a_long_holiday_the_last_one_named_stays(self) -> None:
        assert duty(roster(d0923='"2201"')) == ["0923 1800-0928 0900 2201"]

    def test_on_days_off_it_changes_hands_in_the_morning(self) -> None:
        calendar = roster(d0923='"2201"', d0924='"2202"', d0926='"2203"')
        assert duty(calendar) == [
            "0923 1800-0924 0900 2201", "0924 0900-0926 0900 2202", "0926 0900-0928 0900 2203",
        ]  # fmt: skip

    def test_who_is_on_duty_now_though_named_days_ago(self) -> None:
        sunday = datetime(2026, 9, 27, 3, 0, tzinfo=KST)
        assert duty(roster(d0923='"2201"', d0901='"2202"'), sunday) == ["0923 1800-0928 0900 2201"]

    def test_a_mobiles_hyphens_do_not_stand_in_the_span(self) -> None:
        assert duty(roster(d0922='"010-1234-5678", "2201"')) == ["0922 1800-0923 0900 01012345678+2201"]

    def test_an_office_that_never_closes_has_none(self) -> None:
        assert "duty/list" not in flags(ALWAYS + roster(d0922='"2201"'))

    def test_two_weeks_ahead_and_no_further(self) -> None:
        days = [TUESDAY + timedelta(days=ahead) for ahead in range(40)]
        spans = duty(roster(**{f"d{day:%m%d}": '"2201"' for day in days}))
        assert len(spans) == DUTY_DAYS

    def test_what_a_line_of_ami_cannot_hold_is_cut_between_spans(self) -> None:
        days = [TUESDAY + timedelta(days=ahead) for ahead in range(DUTY_DAYS)]
        numbers = ", ".join(f'"010-{n}000-5678"' for n in range(1, 8))
        found = flags(roster(**{f"d{day:%m%d}": numbers for day in days}))["duty/list"]
        assert 700 < len(found) <= VALUE_MAX
        assert _readable(found.split("&")[-1]).endswith("+01070005678")


class TestAway:
    NOW = int(TUESDAY.timestamp())

    def test_spans_in_order_with_their_deputies(self) -> None:
        later = AwaySpan(start=self.NOW + 900, end=self.NOW + 1800)
        first = AwaySpan(start=self.NOW - 60, end=self.NOW + 60, deputy="2202")
        assert away(later, first) == f"{first.start}-{first.end}-2202&{later.start}-{later.end}-"

    def test_what_is_over_or_no_span_is_left_out(self) -> None:
        assert away(AwaySpan(start=self.NOW - 60, end=self.NOW)) is None
        assert away(AwaySpan(start=self.NOW + 60, end=self.NOW + 60)) is None

    def test_what_is_no_extension_of_the_office_goes_no_further(self) -> None:
        span = AwaySpan(start=self.NOW, end=self.NOW + 60, deputy="9)\n")
        assert away(span) == f"{span.start}-{span.end}-"
        assert away(span, exten="9)=x") is None

    def test_the_nearest_ones_where_not_all_fit(self) -> None:
        starts = range(self.NOW, self.NOW + 3600, 60)
        spans = [AwaySpan(start=start, end=start + 30, deputy="2202") for start in starts]
        value = away(*spans) or ""
        assert value.startswith(f"{self.NOW}-")
        assert VALUE_MAX - 30 < len(value) <= VALUE_MAX
        assert all(span.count("-") == 2 for span in value.split("&"))

    def test_not_known_is_not_none_wanted(self) -> None:
        assert families(None) == ("hours", "duty")
        assert families(Wishes()) == ("hours", "duty", "away")
        assert not any(key.startswith("away/") for key in flags())


KEYS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("xyz"))


@given(KEYS, KEYS)
def test_what_is_put_and_removed_makes_the_one_the_other(
    wished: dict[str, str], found: dict[str, str]
) -> None:
    put, remove = difference(wished, found)
    assert {key: value for key, value in (found | put).items() if key not in remove} == wished
    assert not set(put.items()) & set(found.items())
