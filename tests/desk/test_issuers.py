"""Registering who cancels."""

from typing import Any

import pytest

from sandbox.certificates import KeyPair
from schemas.problem import Rejected
from tests.story.town import RFC, Town
from worker.desk.issuers import NewIssuer
from worker.domain.lane import Lane


def new(town: Town, pair: KeyPair | None = None, **more: Any) -> NewIssuer:
    """What an operator hands in."""
    pair = pair or town.sandbox.issue(RFC)
    given: dict[str, Any] = {
        "cer": pair.cer,
        "key": pair.key,
        "password": pair.password,
        "pac_user": town.sandbox.pac_user,
        "pac_password": town.sandbox.pac_password,
    }
    return NewIssuer(**(given | more))


def refused(town: Town, asked: NewIssuer) -> str:
    """Why the counter does not take it."""
    with pytest.raises(Rejected) as rejected:
        town.desk.issuers.add(asked, actor="operator:ana")
    return rejected.value.problems[0].slug


def test_an_issuer_is_shown_without_its_secrets(town: Town) -> None:
    """RFC, certificate and until when; no key, no password."""
    asked = new(town)
    view = town.desk.issuers.add(asked, actor="operator:ana")
    assert (RFC, "test", False) == (view.tax_id, view.environment, view.production)
    assert view.certificate_until is not None
    shown = view.model_dump_json() + repr(asked)
    assert asked.password not in shown
    assert asked.pac_password not in shown


def test_what_is_wrong_with_a_certificate_is_said(town: Town) -> None:
    """Each fault with its own slug, and nothing is registered."""
    fiel = town.sandbox.issue("XIA190128J61", kind="fiel")
    other = town.sandbox.issue("XIA190128J61")
    assert refused(town, new(town, fiel)) == "csd-is-fiel"
    assert refused(town, new(town, other, password="wrong")) == "csd-wrong-password"
    assert refused(town, new(town, other, key=town.sandbox.issue(RFC).key)) in (
        "csd-key-mismatch",
        "csd-wrong-password",
    )
    assert refused(town, new(town, other, cer=b"not a certificate")) == "csd-certificate-unreadable"
    assert refused(town, new(town, other, zone="Mars/Olympus")) == "zone-unknown"
    assert [RFC] == [view.tax_id for view in town.desk.issuers.known()]


def test_production_has_to_be_confirmed_with_the_rfc(town: Town) -> None:
    """Typing it once more is the switch; who did it and when is kept."""
    assert refused(town, new(town, production=True)) == "production-not-confirmed"
    assert refused(town, new(town, production=True, confirmed="XIA190128J61")) == "production-not-confirmed"
    view = town.desk.issuers.add(new(town, production=True, confirmed=RFC.lower()), actor="operator:ana")
    assert view.production
    assert town.house.ledger.issuer(view.id).options["production_confirmed"]["by"] == "operator:ana"
    assert 2 == len(town.desk.issuers.known())


def test_a_check_tells_what_stands_in_the_way(town: Town) -> None:
    """No mailbox is a warning; a wrong password at the PAC is found online."""
    view = town.desk.issuers.add(new(town, mailbox="avisos@example.com"), actor="operator:ana")
    assert [] == town.desk.issuers.check(view.id, online=True)
    town.desk.issuers.add(new(town, pac_password="wrong"), actor="operator:ana")
    assert ["mailbox-missing", "pac-login-refused"] == [
        problem.slug for problem in town.desk.issuers.check(view.id, online=True)
    ]
    with pytest.raises(KeyError):
        town.desk.issuers.check("nobody")


def test_a_new_login_is_tried_by_one_job_first(town: Town) -> None:
    """The account's lane begins on trial."""
    view = town.desk.issuers.add(new(town), actor="operator:ana")
    with town.house.ledger.unit() as unit:
        holds = unit.holds(Lane("mx", "test", view.account), town.house.clock.now())
    assert [True] == [hold.trial for hold in holds]


def test_a_refused_login_at_the_door_stops_the_account_once(town: Town) -> None:
    """However many issuers share it, the doctor tries a bad login once, and a stopped one not at all."""
    town.desk.issuers.add(new(town, pac_password="wrong"), actor="operator:ana")
    others = [town.sandbox.issue(rfc) for rfc in ("XIA190128J61", "IVD920810GU2", "EWE1709045U0")]
    views = [town.desk.issuers.add(new(town, pair, pac_password="wrong"), actor="operator:ana") for pair in others]
    slugs = [[one.slug for one in town.desk.issuers.check(view.id, online=True)] for view in views]
    assert [["mailbox-missing", "pac-login-refused"], *[["mailbox-missing", "lane-held"]] * 2] == slugs
