"""The JSON that names an event's fields by its own elements."""

import json
from typing import Any

import pytest

from schemas.invalid import Invalid
from tests.rails.br.events import SEED
from worker.rails.br.event_input import read_input


def test_reads_what_is_there_and_derives_the_rest() -> None:
    """Author, organ, kind of emitter and sequence follow from the key; the moment may be left to the caller."""
    least = {name: SEED[name] for name in ("chDCe", "tpAmb", "nProt", "xJust", "CNPJUsEmit")}
    fields, at = read_input(json.dumps(least).encode())
    assert read_input(SEED)[0] == fields
    assert at is None


def test_numbers_may_be_numbers_or_text() -> None:
    """As JSON of other programs has them."""
    assert read_input(SEED) == read_input(SEED | {"nSeqEvento": "001", "tpAmb": 2, "cOrgao": 35, "CPFUsEmit": None})


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"chDCe": ""}, "access-key-missing"),
        ({"tpAmb": None}, "environment-missing"),
        ({"tpAmb": 0}, "environment-missing"),
        ({"tpAmb": "3"}, "environment-unknown"),
        ({"nProt": None}, "protocol-missing"),
        ({"xJust": ""}, "justification-missing"),
        ({"CNPJUsEmit": None}, "user-missing"),
        ({"tpEvento": "110112"}, "event-kind-unknown"),
        ({"versao": "3.00"}, "event-version-unknown"),
        ({"versao": ""}, "event-version-missing"),
        ({"tpEmit": "2"}, "access-key-emitter-differs"),
        ({"nSeqEvento": -1}, "sequence-malformed"),
        ({"nSeqEvento": "²"}, "sequence-malformed"),
        ({"nSeqEvento": 1.5}, "event-input-malformed"),
        ({"xJust": ["a"]}, "event-input-malformed"),
        ({"dhEvento": "ontem"}, "event-time-malformed"),
        ({"CNPJ": "10142785000190"}, "event-input-malformed"),
    ],
)
def test_refuses(changes: dict[str, Any], slug: str) -> None:
    """Each fault under its own slug; unknown names are faults too."""
    with pytest.raises(Invalid) as wrong:
        read_input(SEED | changes)
    assert slug == wrong.value.slug


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "[" * 100_000, b"\xff"])
def test_refuses_what_is_no_object(text: str | bytes) -> None:
    """However it is broken."""
    with pytest.raises(Invalid, match="event-input-malformed"):
        read_input(text)


def test_the_current_version_may_be_named() -> None:
    """And nothing changes."""
    assert read_input(SEED) == read_input(SEED | {"versao": "1.00"})
