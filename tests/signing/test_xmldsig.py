"""The signer itself: what it leaves alone, and that threads may share it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from lxml import etree

from sandbox.certificates import Authority
from worker.signing.credentials import Csd, open_csd
from worker.signing.profiles import SAT
from worker.signing.xmldsig import sign


@pytest.fixture(scope="module")
def csd(authority: Authority) -> Csd:
    """Any CSD."""
    pair = authority.issue("EKU9003173C9")
    return open_csd(pair.cer, pair.key, pair.password)


def document(number: int) -> etree._Element:
    """Something to sign."""
    return etree.fromstring(f'<a xmlns="urn:x"><b n="{number}">Ñ &amp; co</b></a>')


def test_the_document_given_stays_as_it_was(csd: Csd) -> None:
    """Signing makes a copy: a document may be signed again, with the same result."""
    original = document(1)
    before = etree.tostring(original)
    first, second = sign(original, csd, SAT), sign(original, csd, SAT)
    assert before == etree.tostring(original)
    assert etree.tostring(first) == etree.tostring(second) != before


def test_threads_may_share_a_credential(csd: Csd) -> None:
    """Eight threads at once sign what one thread signs."""

    def octets(number: int) -> bytes:
        return etree.tostring(sign(document(number), csd, SAT))

    with ThreadPoolExecutor(8) as threads:
        assert [octets(number) for number in range(64)] == list(threads.map(octets, range(64)))


def test_the_profile_says_how_it_was_signed(csd: Csd) -> None:
    """Each algorithm in the signature is the profile's, with one transform and a reference to the whole document."""
    text = etree.tostring(sign(document(1), csd, SAT)).decode()
    algorithms = [part.split('"')[0] for part in text.split('Algorithm="')[1:]]
    enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    assert [SAT.canonicalization, SAT.signature, enveloped, SAT.digest] == algorithms
    assert '<Reference URI="">' in text
