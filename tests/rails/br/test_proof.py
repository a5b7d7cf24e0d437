"""The document that the issuer keeps."""

import pytest

from tests.rails.br.events import SEED, SEED_DIGEST, a1, event
from worker.rails.br.event import signed
from worker.rails.br.proof import Unproven, assemble, verified

REGISTERED = (
    '<retEventoDCe xmlns="http://www.portalfiscal.inf.br/dce" versao="1.00"><infEvento><tpAmb>2</tpAmb>'
    "<verAplic>PR-v0.5.7</verAplic><cOrgao>41</cOrgao><cStat>135</cStat><xMotivo>Evento registrado</xMotivo>"
    f"<chDCe>{SEED['chDCe']}</chDCe><tpEvento>110111</tpEvento><nSeqEvento>1</nSeqEvento>"
    "<dhRegEvento>2025-05-17T21:49:31-03:00</dhRegEvento><nProt>3352500000099999</nProt></infEvento></retEventoDCe>"
).encode()


def test_both_stand_in_it_unchanged() -> None:
    """The bytes that were sent, and the answer."""
    sent = signed(a1(), *event())
    content = assemble(sent, REGISTERED)
    assert sent + REGISTERED in content
    assert content.startswith(b'<?xml version="1.0" encoding="UTF-8"?><procEventoDCe xmlns=')


def test_what_it_shows() -> None:
    """Whose seal, which document, which registration."""
    proof = verified(assemble(signed(a1(), *event()), REGISTERED))
    assert (SEED["chDCe"], "135", "3352500000099999", "2025-05-17T21:49:31-03:00") == (
        proof.key,
        proof.code,
        proof.protocol,
        proof.at,
    )
    assert ("ID110111" + SEED["chDCe"] + "001", SEED_DIGEST, a1().cer) == (
        proof.seal.id,
        proof.seal.digest,
        proof.seal.certificate,
    )


def test_a_declaration_of_the_answer_does_not_get_inside() -> None:
    """Nor a byte order mark, nor the line's end behind it."""
    sent = signed(a1(), *event())
    assert assemble(sent, REGISTERED) == assemble(
        sent, b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n' + REGISTERED + b"\r\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Teste de", b"Teste do"),
        (b"<DigestValue>Z", b"<DigestValue>Y"),
        (b"<DigestValue>Z", b"<DigestValue>!"),
        (b"<SignatureValue>", b"<SignatureValue>AAAA"),
        (b"<X509Certificate>MII", b"<X509Certificate>NII"),
        (b"<X509Certificate>", b"<X509Certificate>!"),
        (b'<Reference URI="#', b'<Reference URI="#x'),
        (b"rsa-sha1", b"rsa-sha256"),
        (b"<tpAmb>2", b'<tpAmb Id="ID1">2'),
        (b"<SignedInfo>", b"<SignedInfo/><SignedInfo>"),
        (b"<eventoDCe", b"<evento"),
        (b"</infEvento>", b"</infEvent"),
    ],
)
def test_a_changed_event_is_no_proof(old: bytes, new: bytes) -> None:
    """Digest, signature, certificate, reference and form are each looked at."""
    sent = signed(a1(), *event())
    assert old in sent
    with pytest.raises(Unproven) as fault:
        assemble(sent.replace(old, new), REGISTERED)
    assert "proof-does-not-verify" == fault.value.slug


def test_an_answer_about_another_document_is_no_proof() -> None:
    """Its key is compared, and what is no registration is refused."""
    sent = signed(a1(), *event())
    with pytest.raises(Unproven, match="chDCe"):
        assemble(sent, REGISTERED.replace(b"5037<", b"5038<"))
    with pytest.raises(Unproven):
        assemble(sent, b"<a/>")
