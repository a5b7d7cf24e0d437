"""The lives of DC-e: what each ends with, for events and for queries, in both families of codes."""

from datetime import timedelta

import pytest

from sandbox.documents import PlanFault
from sandbox.sefaz_codes import REASONS
from sandbox.sefaz_documents import DCE_LIVES
from sandbox.sefaz_key import key
from tests.sandbox.events import brazilian
from tests.sandbox.sefaz_caller import SefazCaller

ENDINGS = [
    ("cancellable", 135, 135, 101, "cancelled", 1),
    ("late-homologated", 155, 155, 101, "cancelled", 1),
    ("registers-but-not-linked", 136, 136, 100, "cancelled", 1),
    ("transport-begun", 219, 219, 100, "refused", 0),
    ("window-closed", 501, 220, 100, "refused", 0),
    ("wrong-protocol", 222, 222, 100, "refused", 0),
    ("already-cancelled-by-other", 573, 631, 101, "cancelled", 0),
    ("unknown", 494, 217, None, "refused", 0),
    ("known-later", 494, 217, None, "refused", 0),
    ("paused", 108, 108, 100, "untouched", 0),
]


def test_every_life_is_told_here() -> None:
    """No life without its ending, and no refusal without its code."""
    assert {life for life, *_rest in ENDINGS} == set(DCE_LIVES)
    assert {life.refusal for life in DCE_LIVES.values()} - {None} <= set(REASONS)


@pytest.mark.parametrize("family", ["nfe", "mdfe"])
@pytest.mark.parametrize(("life", "nfe", "mdfe", "seen", "state", "effects"), ENDINGS)
def test_a_life(
    sefaz: SefazCaller, life: str, nfe: int, mdfe: int, seen: int | None, state: str, effects: int, family: str
) -> None:
    """The code for a good event, what a query says afterwards, the state and the effects."""
    sefaz.sandbox.sefaz.manners.wish({"family": family})
    one = sefaz.plan(life)
    code = nfe if family == "nfe" else mdfe
    assert [code, seen or code] == [sefaz.event(one).code, sefaz.query(one).code]
    register = sefaz.sandbox.register
    assert (state, effects) == (register.state(one), register.effects(one))


def test_a_repeated_event_is_a_duplicate_with_traces(sefaz: SefazCaller) -> None:
    """The second event changes nothing and hears where the first one stands."""
    one = sefaz.plan()
    first, second = sefaz.event(one), sefaz.event(one)
    traces = f"[nProt:{first.fields['nProt']}][dhRegEvento:{first.fields['dhRegEvento']}]"
    assert (573, True) == (second.code, traces in second.fields["xMotivo"])
    assert "nProt" not in second.fields
    assert sefaz.sandbox.register.effects(one) == 1


@pytest.mark.parametrize(
    ("duplicate", "code"), [("duplicate", 573), ("already-cancelled", 218), ("cancelled-before", 420)]
)
def test_what_a_duplicate_is_called_can_be_chosen(sefaz: SefazCaller, duplicate: str, code: int) -> None:
    """Each of the codes that say "already cancelled"."""
    one = sefaz.plan("already-cancelled-by-other", duplicate=duplicate)
    assert sefaz.event(one).code == code


def test_lives_go_on(sefaz: SefazCaller) -> None:
    """After a minute the pause is over, the late DC-e is known and the unlinked event is linked."""
    paused, later, unlinked = (sefaz.plan(life) for life in ("paused", "known-later", "registers-but-not-linked"))
    assert [108, 494, 136] == [sefaz.event(one).code for one in (paused, later, unlinked)]
    assert b"<cStat>136</cStat>" in sefaz.query(unlinked).body
    sefaz.sandbox.advance(60)
    assert [135, 135, 573] == [sefaz.event(one).code for one in (paused, later, unlinked)]
    assert [101, 101, 101] == [sefaz.query(one).code for one in (paused, later, unlinked)]


def test_a_query_may_lag_behind(sefaz: SefazCaller) -> None:
    """A registered event is not shown at once; the same event sent again is a duplicate all the same."""
    one = sefaz.plan(visible_after=30)
    assert [135, 100, 573] == [sefaz.event(one).code, sefaz.query(one).code, sefaz.event(one).code]
    sefaz.sandbox.advance(30)
    assert sefaz.query(one).code == 101


def test_the_window_closes_on_the_second(sefaz: SefazCaller) -> None:
    """Twenty-four hours from the authorisation, by the clock of the authoriser."""
    now = sefaz.sandbox.clock.now()
    one = sefaz.plan(authorised_at=(now - timedelta(hours=23, minutes=59)).isoformat())
    two = sefaz.plan(authorised_at=(now - timedelta(hours=24, seconds=1)).isoformat())
    assert [135, 501] == [sefaz.event(one).code, sefaz.event(two).code]
    three = sefaz.plan("late-homologated", authorised_at=now.isoformat())
    assert sefaz.event(three).code == 135


@pytest.mark.parametrize("family", ["nfe", "mdfe"])
def test_clocks_are_compared(sefaz: SefazCaller, family: str) -> None:
    """A date before the issue, before the authorisation or in the future is refused; five minutes are forgiven."""
    sefaz.sandbox.sefaz.manners.wish({"family": family})
    now = sefaz.sandbox.clock.now()
    one = sefaz.plan(
        authorised_at=(now - timedelta(hours=1)).isoformat(), issued_at=(now - timedelta(hours=2)).isoformat()
    )
    codes = [sefaz.event(one, at=brazilian(now + timedelta(minutes=minutes))).code for minutes in (-130, -70, 6, 4)]
    assert ([577, 579, 578, 135] if family == "nfe" else [634, 637, 635, 135]) == codes


def test_the_protocol_is_compared(sefaz: SefazCaller) -> None:
    """Another protocol than the announced one is 222; a DC-e announced without one takes any."""
    assert sefaz.event(sefaz.plan(), protocol="3352600000023909").code == 222
    assert sefaz.event(sefaz.plan(protocol=None), protocol="3352600000023909").code == 135


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"key": "35"},
        {"key": key(), "life": "happy"},
        {"key": key(), "protocol": "12"},
        {"key": key(), "event_style": "x"},
        {"key": key(), "query_style": ["flat", "x"]},
        {"key": key(), "duplicate": "no"},
        {"key": key(), "authorised_at": "2026-01-01T00:00:00"},
        {"key": key(), "when": "now"},
    ],
)
def test_a_plan_that_cannot_be_followed(sefaz: SefazCaller, plan: dict[str, object]) -> None:
    """One bad plan refuses all."""
    with pytest.raises(PlanFault):
        sefaz.sandbox.register.admit([{"key": key(number=5)}, plan])
    assert sefaz.sandbox.register.told() == {}
