"""Where SEFAZ listens is data; whatever does not make sense is said at once."""

from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest

from worker.rails.br.endpoints import TABLES, NoAuthority, endpoints
from worker.rails.polling import patience
from worker.soap.faults import Misfit


@pytest.mark.parametrize(
    ("environment", "host"),
    [("test", "homologacao.dce.fazenda.pr.gov.br"), ("production", "dce.fazenda.pr.gov.br")],
)
def test_each_environment_has_its_own_door(environment: str, host: str) -> None:
    """One authority for the whole country; test and production are told apart by address."""
    found = endpoints(environment, {}, {}).sefaz
    expected = [f"https://{host}/dce/{name}" for name in ("DCeRecepcaoEvento", "DCeConsulta", "DCeStatusServico")]
    assert expected == [found.event.endpoint, found.consult.endpoint, found.status.endpoint]
    assert "41" == found.uf


@pytest.mark.parametrize("name", ["PR", "RS", "AN", "SVRS", " rs "])
def test_every_name_of_it_leads_there(name: str) -> None:
    """The abbreviations that people know are aliases."""
    assert endpoints("test", {}, {}) == endpoints("test", {}, {"sefaz": {"authority": name}})


def test_settings_and_options_lie_over_the_defaults() -> None:
    """A base, or whole addresses; the issuer's own options are the last word."""
    settings = {"test": {"sefaz": {"endpoint": "http://a/dce/", "clock_ahead": 5}, "http": {"ca_bundle": "/a.pem"}}}
    found = endpoints("test", settings, {"sefaz": {"consult": "http://b/q"}, "other": 1})
    assert ("http://a/dce/DCeRecepcaoEvento", "http://b/q") == (
        found.sefaz.event.endpoint,
        found.sefaz.consult.endpoint,
    )
    assert (timedelta(seconds=5), "/a.pem") == (found.sefaz.clock_ahead, found.limits.ca_bundle)


@pytest.mark.parametrize(("name", "expected"), [("XX", "authority-unknown"), ("", "authority-missing")])
def test_an_authority_that_is_not_there_is_said(name: str, expected: str) -> None:
    """With a slug of its own."""
    with pytest.raises(NoAuthority) as caught:
        endpoints("test", {}, {"sefaz": {"authority": name}})
    assert expected == caught.value.slug


@pytest.mark.parametrize(
    ("environment", "settings", "options"),
    [
        ("staging", {}, {}),
        ("test", {"tset": {}}, {}),
        ("test", {"test": {"pac": {}}}, {}),
        ("test", {"test": {"sefaz": {"endpiont": "x"}}}, {}),
        ("test", {"test": {"sefaz": {"clock_ahead": "soon"}}}, {}),
        ("test", {"test": {"sefaz": {"namespaces": 7}}}, {}),
        ("test", {"test": {"http": {"seconds": -1}}}, {}),
        ("production", {"production": {"sefaz": {"endpoint": "http://plain"}}}, {}),
        ("production", {}, {"sefaz": {"status": "http://plain"}}),
    ],
)
def test_what_makes_no_sense_is_said(environment: str, settings: dict[str, Any], options: dict[str, Any]) -> None:
    """Typing errors, impossible values, and production without TLS."""
    with pytest.raises(Misfit):
        endpoints(environment, settings, options)


@pytest.mark.parametrize("environment", ["test", "production"])
def test_the_plan_keeps_the_authoritys_budget(environment: str) -> None:
    """At 5, 20 and 60 seconds and 5 minutes; in no hour more than 8 questions about a key, denials included."""
    plan = patience(TABLES, environment, {})
    marks = list(accumulate(wait.total_seconds() for wait in (*plan.consult, *[plan.consult[-1]] * 20)))
    assert [5, 20, 60, 300] == marks[:4]
    assert 8 >= max(sum(start <= mark < start + 3600 for mark in marks) for start in marks)
    polls = list(accumulate(wait.total_seconds() for wait in plan.poll))
    assert 8 >= max(sum(start <= mark < start + 3600 for mark in polls) for start in polls)
    assert 8 >= 2 * plan.claims
    assert (2, timedelta(seconds=60)) == (plan.signings, plan.absence_spacing)
