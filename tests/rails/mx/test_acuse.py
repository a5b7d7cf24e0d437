"""An acuse is read in every shape in which PACs have delivered it, and never guessed."""

import base64
import html
from datetime import datetime

import pytest

from tests.rails.mx.answers import ISSUER, OTHER, UUID, acuse, envelope
from worker.rails.mx.acuse import ZONE, Acuse, UnreadableAcuse, read

BARE = acuse((UUID, "201"))
AT = datetime(2026, 11, 20, 12, 0, 54, 878850, tzinfo=ZONE)
READ = Acuse(((UUID, "201"),), None, ISSUER, AT)
INNER = BARE.replace("Acuse", "CancelaCFDResult")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(BARE.encode(), id="bare"),
        pytest.param(b"\xef\xbb\xbf" + BARE.encode(), id="with a byte order mark"),
        pytest.param(b'<?xml version="1.0" encoding="utf-8"?>\n' + BARE.encode(), id="declared"),
        pytest.param(b'<?xml version="1.0" encoding="utf-16"?>' + BARE.encode(), id="declared wrongly"),
        pytest.param(BARE.encode("utf-16"), id="UTF-16"),
        pytest.param(envelope(f"<CancelaCFDResponse>{INNER}</CancelaCFDResponse>"), id="in a SOAP envelope"),
        pytest.param(envelope(f"<R>{html.escape(BARE)}</R>"), id="escaped in an envelope"),
        pytest.param(html.escape(BARE).encode(), id="escaped"),
        pytest.param(f"<string>{html.escape(html.escape(BARE))}</string>".encode(), id="escaped twice"),
        pytest.param(BARE.replace("<Folios", "<Folios/><Folios").encode(), id="with an empty Folios beside"),
    ],
)
def test_every_wrapping_comes_off(content: bytes) -> None:
    """Bare, declared, wrapped, escaped: the same acuse."""
    assert read(content) == READ


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_mojibake_spoils_nothing(encoding: str) -> None:
    """A name in the wrong encoding leaves UUID and code readable."""
    found = read(BARE.replace(ISSUER, "ZUÑ920208KL4").encode(encoding))
    assert found is not None
    assert found.folios == READ.folios


def test_each_uuid_has_its_own_code() -> None:
    """Codes are paired inside each Folios, whichever way they are grouped."""
    found = read(acuse((UUID.lower(), "201"), (OTHER, "204"), (UUID, "202")).encode())
    assert found is not None
    assert (frozenset({"201", "202"}), frozenset({"204"})) == (found.says_of(UUID.lower()), found.says_of(OTHER))
    assert frozenset() == found.says_of("11111111-0000-4000-8000-000000000000")


def test_a_whole_requests_code_is_read() -> None:
    """CodEstatus carries errors of the request."""
    found = read(acuse(code="301").encode())
    assert found is not None
    assert ("301", ()) == (found.code, found.folios)


@pytest.mark.parametrize("fecha", ["", "yesterday", "2026-13-40T00:00:00"])
def test_an_unreadable_time_is_left_out(fecha: str) -> None:
    """Nothing hangs on SAT's time."""
    found = read(BARE.replace("2026-11-20T12:00:54.8788503", fecha).encode())
    assert found is not None
    assert (None, READ.folios) == (found.at, found.folios)


def test_a_time_with_a_zone_keeps_it() -> None:
    """A zone that is there is believed."""
    found = read(BARE.replace(".8788503", "Z").encode())
    assert found is not None
    assert found.at == datetime.fromisoformat("2026-11-20T12:00:54+00:00")


@pytest.mark.parametrize(("content", "message"), [(None, None), (b"", ""), (b"  ", UUID), (None, "Registrada")])
def test_no_acuse_is_none(content: bytes | None, message: str | None) -> None:
    """An absent acuse is no fault."""
    assert read(content, message) is None


def test_the_message_may_be_the_acuse() -> None:
    """Some answers carry it where the words should be."""
    assert read(None, BARE) == READ


@pytest.mark.parametrize(
    "content",
    [
        b"no markup",
        BARE[:-5].encode(),
        b"<html><body>error</body></html>",
        b'<!DOCTYPE a [<!ENTITY x "201">]>' + BARE.encode(),
        base64.b64encode(BARE.encode()),
        html.escape(html.escape(html.escape(html.escape(html.escape(html.escape(html.escape(BARE))))))).encode(),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_acuse_is_said(content: bytes) -> None:
    """Something in the acuse's place that is none is not taken for an absent one."""
    with pytest.raises(UnreadableAcuse):
        read(content)
