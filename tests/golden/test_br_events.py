"""Our signed events against the published digest and against xmlsec1, on certificates made here.

With ``CANCELA_VECTORS_BR`` naming a directory of vectors (``events/*`` with ``input.json``, ``expected.json`` and
``signed.xml``; ``certs`` with ``index.json`` and PFX files), its events are compared byte for byte, old PFX too.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sandbox.certificates_br import pem
from tests.rails.br.events import SEED, SEED_DIGEST, a1, authority, event
from tests.rails.br.test_proof import REGISTERED
from tests.schemas.br.test_access_key import key
from worker.rails.br.event import signed
from worker.rails.br.event_input import read_input
from worker.rails.br.proof import assemble
from worker.signing.a1 import open_a1

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
INFO = "http://www.portalfiscal.inf.br/dce:infEvento"
ODD = "Ações: \"A&B\" <x> 'y' nº 1 \u00a0 \u0085 \u007f ÿ ]]> fim"

CASES: dict[str, dict[str, Any]] = {
    "seed": {},
    "latin-1": {"xJust": ODD},
    "longest": {"xJust": "ç" * 255},
    "shortest": {"xJust": "x" * 15},
    "person": {"CNPJUsEmit": None, "CPFUsEmit": "12345678909"},
    "other": {"CNPJUsEmit": None, "IdOutrosUsEmit": "R&E<'\">çÿ"},
    "twelfth": {"nSeqEvento": 12},
    "last": {"nSeqEvento": 999, "tpAmb": "1"},
    "acre": {"chDCe": key(uf="12"), "cOrgao": None, "dhEvento": "2026-11-20T10:00:00-05:00"},
    "noronha": {"chDCe": key(uf="26"), "cOrgao": None, "dhEvento": "2026-11-20T13:00:00-02:00"},
    "organ": {"cOrgao": "91"},
    "federal": {"chDCe": key(emitter="0", series="999", number="999999999", form="9"), "tpEmit": None},
}


def test_the_published_digest() -> None:
    """That of the example which the whole field knows; it takes no particular certificate."""
    root = etree.fromstring(signed(a1(), *event()))
    assert SEED_DIGEST == root.findtext(f".//{DSIG}DigestValue")


def verdicts(program: Path, folder: Path, *contents: bytes) -> list[bool]:
    """What xmlsec1 says of each, trusting our root."""
    root, middle, file = folder / "root.pem", folder / "middle.pem", folder / "event.xml"
    root.write_bytes(authority().root_pem)
    middle.write_bytes(pem(authority().intermediate))
    said = []
    for content in contents:
        file.write_bytes(content)
        command = [
            str(program), "--verify", "--id-attr:Id", INFO, "--trusted-pem", str(root), "--untrusted-pem", str(middle),
            str(file),
        ]  # fmt: skip
        said.append(subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0)
    return said


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_xmlsec1_verifies(changes: dict[str, Any], xmlsec1: Path, tmp_path: Path) -> None:
    """The program accepts what we sign, and refuses it when one letter of the document differs."""
    octets = signed(a1(), *event(**changes))
    mutated = octets.replace(b"<nProt>1", b"<nProt>2", 1)
    assert [True, False] == verdicts(xmlsec1, tmp_path, octets, mutated)


@pytest.mark.parametrize("name", ["seed", "latin-1"])
def test_xmlsec1_verifies_the_proof(name: str, xmlsec1: Path, tmp_path: Path) -> None:
    """Inside procEventoDCe, and cut out of it as text."""
    proof = assemble(signed(a1(), *event(**CASES[name])), REGISTERED)
    begin, end = proof.index(b"<eventoDCe"), proof.index(b"</eventoDCe>") + len(b"</eventoDCe>")
    assert [True, True, False] == verdicts(xmlsec1, tmp_path, proof, proof[begin:end], proof.replace(b"Id=", b"Ie="))


@pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
def test_the_age_of_the_pfx_does_not_matter(legacy: bool) -> None:
    """The same certificate and key sign the same bytes."""
    leaf = authority().ecnpj()
    opened = [open_a1(leaf.pfx(legacy=kind), leaf.password) for kind in (legacy, False)]
    assert signed(opened[0], *event()) == signed(opened[1], *event())


@dataclass(frozen=True)
class Vector:
    """A published event: inputs, certificate, and the bytes that must come out."""

    name: str
    given: bytes
    pfx: bytes
    password: str
    published: bytes

    def __str__(self) -> str:
        return self.name


def vectors() -> list[Vector]:
    """Of the directory that ``CANCELA_VECTORS_BR`` names, each with every PFX of its certificate; none without it."""
    place = os.environ.get("CANCELA_VECTORS_BR")
    if not place:
        return []
    certificates = Path(place) / "certs"
    password = json.loads((certificates / "index.json").read_text("utf-8"))["password"]
    found = []
    for folder in sorted((Path(place) / "events").iterdir()):
        name = json.loads((folder / "expected.json").read_text("utf-8"))["certificate"]
        for file in sorted(certificates.glob(f"{name}*.pfx")):
            given, published = ((folder / each).read_bytes() for each in ("input.json", "signed.xml"))
            found.append(Vector(f"{folder.name} {file.name}", given, file.read_bytes(), password, published))
    return found


@pytest.mark.parametrize("vector", vectors(), ids=str)
def test_published_events(vector: Vector) -> None:
    """Byte for byte."""
    fields, at = read_input(vector.given)
    assert at is not None
    assert vector.published == signed(open_a1(vector.pfx, vector.password), fields, at)


def test_the_input_of_the_example_is_whole() -> None:
    """Nothing of it is left to derive."""
    assert read_input(SEED)[0].id == "ID110111" + SEED["chDCe"] + "001"
