"""``cancela sign mx`` prints exactly the signed request, or says what keeps it from being signed."""

import base64
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from sandbox.certificates import Authority, KeyPair
from sandbox.judge import judge
from sandbox.trust import Trust
from tests.producers.cli.command import RFC, UUID, Command, Said

OTHER = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"
AT = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


def sign(cancela: Command, pair: KeyPair, *words: object, rfc: str = RFC) -> Said:
    """Sign with this pair; the motive is 02 where no document is named."""
    documents = [word for word in words if ":" in str(word) and not str(word).startswith("20")] or [f"{UUID}:02"]
    others = [word for word in words if word not in documents]
    return cancela("sign", "mx", *cancela.credentials(pair), "--rfc", rfc, *others, *documents)


def test_stdout_is_the_request_and_nothing_else(cancela: Command, csd: KeyPair, authority: Authority) -> None:
    """A judge who shares no code with the signer accepts the bytes as they are: no line end, no other word."""
    said = sign(cancela, csd, f"{UUID}:02", f"{OTHER}:01:{UUID}")
    request = judge(said.raw, now=AT, trust=Trust(authorities=(authority.certificate,)))
    assert (0, "") == (said.status, said.err)
    assert said.raw.startswith(b"<?xml")
    assert said.raw.endswith(b"</Cancelacion>")
    assert [(UUID, "02", None), (OTHER, "01", UUID)] == [(f.uuid, f.motive, f.substitute) for f in request.folios]
    assert RFC == request.issuer


def test_the_same_words_give_the_same_bytes(cancela: Command, csd: KeyPair) -> None:
    """Nothing of the signature depends on chance or on the present moment."""
    at = AT.isoformat()
    assert sign(cancela, csd, "--at", at).raw == sign(cancela, csd, "--at", at).raw


def test_the_date_is_the_issuers_local_time(cancela: Command, csd: KeyPair) -> None:
    """A date without offset is taken as local; one with an offset is converted to the zone."""
    local = sign(cancela, csd, "--at", "2026-11-21T12:00:00").raw
    tijuana = sign(cancela, csd, "--at", "2026-11-21T18:00:00+00:00", "--zone", "America/Tijuana").raw
    assert ("2026-11-21T12:00:00", "2026-11-21T10:00:00") == (
        etree.fromstring(local).get("Fecha"),
        etree.fromstring(tijuana).get("Fecha"),
    )


def test_retentions_have_their_own_namespace(cancela: Command, csd: KeyPair) -> None:
    """``--retencion`` makes the request of the other schema."""
    root = etree.fromstring(sign(cancela, csd, "--retencion").raw)
    assert "http://www.sat.gob.mx/esquemas/retencionpago/1" == etree.QName(root).namespace


@pytest.mark.parametrize("rfc", ["ÑUÑ920208KL4", "H&E951128469", "CACX7605101P8"])
@pytest.mark.parametrize("t61", [False, True])
def test_odd_letters_are_signed(cancela: Command, authority: Authority, rfc: str, t61: bool) -> None:
    """RFCs with Ñ and &, in whatever string type the certificate has them, and persons' RFCs."""
    pair = authority.issue(rfc, t61=t61)
    said = sign(cancela, pair, rfc=rfc)
    assert (0, rfc) == (said.status, judge(said.raw, now=AT, trust=Trust((authority.certificate,))).issuer)


def test_a_decomposed_rfc_is_the_same_rfc(cancela: Command, authority: Authority) -> None:
    """A terminal may write Ñ as two characters, and small."""
    pair = authority.issue("ÑUÑ920208KL4")
    said = sign(cancela, pair, rfc="n\u0303un\u0303920208kl4")
    assert "ÑUÑ920208KL4" == etree.fromstring(said.raw).get("RfcEmisor")


def _refused(cancela: Command, pair: KeyPair, slug: str, *words: object, status: int = 1, rfc: str = RFC) -> None:
    said = sign(cancela, pair, *words, "--json", rfc=rfc)
    assert (status, "", [slug]) == (said.status, said.out, said.problems)


def test_a_fiel_is_refused(cancela: Command, authority: Authority) -> None:
    """An e.firma signs, but SAT takes no cancellation by it."""
    _refused(cancela, authority.issue(RFC, kind="fiel"), "csd-is-fiel")


def test_a_wrong_password_is_refused_and_not_shown(cancela: Command, csd: KeyPair) -> None:
    """What was tried shows nowhere."""
    wrong = KeyPair(csd.cer, csd.key, "Equivocada 99", csd.rfc, csd.number)
    said = sign(cancela, wrong)
    assert (1, "") == (said.status, said.out)
    assert "csd-wrong-password" in said.err
    assert "Equivocada" not in said.err


def test_a_password_keeps_its_spaces(cancela: Command, authority: Authority) -> None:
    """Only one line end is taken off; a password may end in spaces or be followed by none."""
    pair = authority.issue(RFC, password="  dos espacios ")
    words = ["sign", "mx", *cancela.credentials(pair), "--rfc", RFC, f"{UUID}:02"]
    assert [0, 0, 1] == [
        (cancela.file(f"{pair.number}.txt", content), cancela(*words).status)[1]
        for content in ("  dos espacios ", "\ufeff  dos espacios \r\n", "  dos espacios \n\n")
    ]


def test_an_expired_certificate_is_refused_unless_allowed(cancela: Command, authority: Authority) -> None:
    """Expired now is expired, whatever date the request bears; ``--allow-expired`` is for tests."""
    pair = authority.issue(RFC, not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=1400))
    within = (LONG_AGO + timedelta(days=30)).isoformat()
    _refused(cancela, pair, "csd-expired")
    _refused(cancela, pair, "csd-expired", "--at", within)
    assert 0 == sign(cancela, pair, "--at", within, "--allow-expired").status


def test_the_date_must_lie_within_the_certificates_validity(cancela: Command, authority: Authority) -> None:
    """SAT refuses a date before the certificate's first day; no option makes it good."""
    pair = authority.issue(RFC)
    _refused(cancela, pair, "csd-not-yet-valid", "--at", "2020-01-01T00:00:00", "--allow-expired")
    _refused(cancela, pair, "csd-expired", "--at", "2099-01-01T00:00:00")
    _refused(cancela, authority.issue(RFC, not_before=AT + timedelta(days=9)), "csd-not-yet-valid")


def test_anothers_certificate_is_refused(cancela: Command, csd: KeyPair) -> None:
    """The certificate belongs to somebody else than the issuer."""
    _refused(cancela, csd, "csd-foreign-rfc", rfc="CACX7605101P8")


def test_a_certificate_of_another_authority_is_refused(cancela: Command, authority: Authority) -> None:
    """Not issued by SAT."""
    _refused(cancela, authority.issue(RFC, organization="ACME CA"), "csd-not-sat")


def test_a_key_of_another_certificate_is_refused(cancela: Command, authority: Authority) -> None:
    """Certificate and key must be a pair."""
    one, other = authority.issue(RFC), authority.issue(RFC)
    _refused(cancela, KeyPair(one.cer, other.key, other.password, RFC, "mixed"), "csd-key-mismatch")


def test_files_that_are_something_else_are_refused(cancela: Command, csd: KeyPair) -> None:
    """Certificate and key swapped, or no file at all."""
    _refused(cancela, KeyPair(csd.key, csd.cer, csd.password, RFC, "swapped"), "csd-certificate-unreadable")
    _refused(cancela, KeyPair(csd.cer, b"no key", csd.password, RFC, "nokey"), "csd-key-unreadable")
    _refused(cancela, csd, "file-unreadable", "--cer", cancela.folder / "missing.cer")
    _refused(cancela, csd, "file-too-large", "--cer", cancela.file("huge.cer", bytes(100_000)))
    _refused(cancela, csd, "password-unreadable", "--password-file", cancela.file("latin.txt", b"\xf1"))


@pytest.mark.parametrize(
    ("document", "slug"),
    [
        (f"{UUID[:-1]}:02", "uuid-malformed"),
        (f"{UUID}:05", "motive-unknown"),
        (f"{UUID}:01", "replacement-missing"),
        (f"{UUID}:02:{OTHER}", "replacement-forbidden"),
        (f"{UUID}:01:{UUID}", "replacement-is-itself"),
    ],
)
def test_documents_that_break_a_rule_are_refused(cancela: Command, csd: KeyPair, document: str, slug: str) -> None:
    """Every local rule has its slug."""
    _refused(cancela, csd, slug, document)


def test_a_document_twice_is_refused(cancela: Command, csd: KeyPair) -> None:
    """One request names a document once."""
    _refused(cancela, csd, "folio-twice", f"{UUID}:02", f"{UUID.lower()}:03")


def test_a_generic_rfc_cancels_nothing(cancela: Command, csd: KeyPair) -> None:
    """The general public has no certificate."""
    _refused(cancela, csd, "rfc-generic-issuer", rfc="XAXX010101000")


@pytest.mark.parametrize(
    "words",
    [
        (UUID,),
        (f"{UUID}:01:{OTHER}:x",),
        (f"{UUID}:02", "--at", "tomorrow"),
        (f"{UUID}:02", "--at", "9999-12-31T23:59:59"),
        (),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(cancela: Command, csd: KeyPair, words: tuple[str, ...]) -> None:
    """Exit status 2, and nothing on stdout."""
    said = cancela("sign", "mx", *cancela.credentials(csd), "--rfc", RFC, *words)
    assert (2, "") == (said.status, said.out)


def test_without_a_terminal_a_password_file_is_needed(cancela: Command, csd: KeyPair) -> None:
    """No password is ever read from a pipe by surprise."""
    words = cancela.credentials(csd)[:4]
    said = cancela("sign", "mx", *words, "--rfc", RFC, f"{UUID}:02", "--json", typed=csd.password + "\n")
    assert (2, ["password-needed"]) == (said.status, said.problems)


def test_json_tells_what_was_signed(cancela: Command, csd: KeyPair) -> None:
    """For programs: the bytes in base64, their digest, the certificate, the date with its offset."""
    told = sign(cancela, csd, "--at", "2026-11-21T12:00:00", "--json").json
    request = base64.b64decode(told["request_base64"])
    assert {
        "rfc": RFC,
        "certificate": csd.number,
        "at": "2026-11-21T12:00:00-06:00",
        "sha256": hashlib.sha256(request).hexdigest(),
    } == {name: value for name, value in told.items() if name != "request_base64"}
    assert request == sign(cancela, csd, "--at", "2026-11-21T12:00:00").raw


def test_it_needs_neither_settings_nor_ledger(cancela: Command, csd: KeyPair) -> None:
    """Wrong settings do not disturb it, no home is made, and neither Celery nor SQLAlchemy is loaded."""
    script = (
        "import sys, json\nfrom producers.cli.main import app\n"
        f"sys.argv = ['cancela', *json.loads({json.dumps(json.dumps(_words(cancela, csd)))})]\n"
        "try:\n    app()\nexcept SystemExit as end:\n"
        "    heavy = {'celery', 'sqlalchemy', 'zeep', 'redis', 'alembic'} & set(sys.modules)\n"
        "    print(end.code, sorted(heavy), file=sys.stderr)\n"
    )
    env: dict[str, str] = {"CANCELA_NONSENSE": "1", "CANCELA_WINDOW": "x"}
    said = _python(cancela, script, env)
    assert "0 []" == said.err.strip()
    assert said.raw.endswith(b"</Cancelacion>")
    assert not (cancela.folder / "home").exists()


def _words(cancela: Command, csd: KeyPair) -> list[str]:
    return [str(word) for word in ("sign", "mx", *cancela.credentials(csd), "--rfc", RFC, f"{UUID}:02")]


def _python(cancela: Command, script: str, env: dict[str, str]) -> Said:
    done: Any = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=cancela.environment() | env, cwd=cancela.folder
    )
    return Said(done.returncode, "", done.stderr.decode(), done.stdout)
