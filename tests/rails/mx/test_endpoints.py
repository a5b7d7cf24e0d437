"""Where to knock is data; whatever does not make sense is said at once."""

from datetime import timedelta
from typing import Any

import pytest

from worker.rails.mx.endpoints import TABLES, endpoints
from worker.rails.polling import patience
from worker.soap.faults import Misfit


@pytest.mark.parametrize(
    ("environment", "host"), [("test", "testing.solucionfactible.com"), ("production", "solucionfactible.com")]
)
def test_each_environment_has_its_own_door(environment: str, host: str) -> None:
    """Test and production are told apart by address, and both are verified."""
    found = endpoints(environment, {}, {})
    assert found.pac.endpoint == f"https://{host}/ws/services/Cancelacion"
    assert (40.0, timedelta(days=60)) == (found.pac_limits.seconds, found.remembers)
    assert found.sat.ask


def test_settings_and_options_lie_over_the_defaults() -> None:
    """The issuer's own options are the last word, in its environment only."""
    settings = {"test": {"pac": {"endpoint": "http://a", "port": "P"}, "http": {"seconds": 5, "ca_bundle": "/a.pem"}}}
    found = endpoints("test", settings, {"pac": {"endpoint": "http://b"}, "sat": {"ca_bundle": "/b.pem"}, "other": 1})
    assert ("http://b", "P", 5) == (found.pac.endpoint, found.pac.port, found.pac_limits.seconds)
    assert ("/a.pem", "/b.pem") == (found.pac_limits.ca_bundle, found.sat_limits.ca_bundle)
    assert endpoints("production", settings, {}).pac.endpoint == "https://solucionfactible.com/ws/services/Cancelacion"


def test_a_proxy_is_set_with_its_credentials_beside_it() -> None:
    """Three keys make one proxy."""
    http = {"proxy": "http://proxy.test:3128", "proxy_user": "operator", "proxy_password": "p/w"}
    found = endpoints("test", {"test": {"http": http}}, {}).pac_limits.proxy
    assert found is not None
    assert "http://operator:p%2Fw@proxy.test:3128" == found.address()


@pytest.mark.parametrize(
    ("environment", "settings", "options"),
    [
        ("staging", {}, {}),
        ("test", {"tset": {}}, {}),
        ("test", {"test": {"pak": {}}}, {}),
        ("test", {"test": {"pac": {"endpiont": "x"}}}, {}),
        ("test", {"test": {"http": {"seconds": -1}}}, {}),
        ("test", {"test": {"http": {"seconds": "soon"}}}, {}),
        ("test", {"test": {"http": {"proxy": "proxy.test:3128"}}}, {}),
        ("test", {"test": {"http": {"proxy_user": "operator"}}}, {}),
        ("production", {"production": {"pac": {"endpoint": "http://plain"}}}, {}),
        ("production", {}, {"sat": {"endpoint": "http://plain"}}),
    ],
)
def test_what_makes_no_sense_is_said(environment: str, settings: dict[str, Any], options: dict[str, Any]) -> None:
    """Typing errors, impossible values, and production without TLS."""
    with pytest.raises(Misfit):
        endpoints(environment, settings, options)


def test_patience_widens_and_can_be_compressed() -> None:
    """Defaults per environment; settings in seconds lie over them."""
    plan = patience(TABLES, "production", {}).poll
    assert (plan[0], plan[-1]) == (timedelta(minutes=1), timedelta(days=1))
    found = patience(TABLES, "test", {"test": {"patience": {"poll": [0.1, 0.2], "notice_gap": 0.5, "claims": 3}}})
    assert (found.poll[0], found.notice_gap, found.claims) == (timedelta(seconds=0.1), timedelta(seconds=0.5), 3)


@pytest.mark.parametrize("given", [{"pole": [1]}, {"poll": [2, 1]}, {"poll": []}, {"poll": 3}, {"claims": "many"}])
def test_impossible_patience_is_said(given: dict[str, Any]) -> None:
    """A plan that narrows, is empty or misspelt."""
    with pytest.raises(Misfit):
        patience(TABLES, "test", {"test": {"patience": given}})
