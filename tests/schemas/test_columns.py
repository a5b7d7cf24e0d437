"""Finding columns by what people call them."""

import pytest

from schemas.columns import columns, find, known, told


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("UUID", "uuid"),
        ("  Folio   Fiscal ", "uuid"),
        ("FOLIO_FISCAL", "uuid"),
        ("Fólio Fiscal", "uuid"),
        ("RFC Emisor", "rfc"),
        ("rfc do emissor", "rfc"),
        ("Motivo de cancelación", "motive"),
        ("MOTIVO DE CANCELACIÓN", "motive"),
        ("Folio sustitución", "replaced_by"),
        ("UUID que sustituye", "replaced_by"),
        ("Replaced by", "replaced_by"),
        ("RFC do destinatário", "receiver"),
        ("Total", "total"),
        ("Retención", "retention"),
        ("Cliente", None),
        ("", None),
        (7.0, None),
    ],
)
def test_a_header_is_known_by_any_of_its_names(header: object, expected: str | None) -> None:
    """Accents, case, spaces and punctuation do not matter."""
    assert expected == known(header)


def test_no_alias_belongs_to_two_columns() -> None:
    """A name means one column only."""
    aliases = [alias for column in columns().values() for alias in set(column.aliases)]
    assert len(aliases) == len(set(aliases))


def test_columns_are_found_where_they_are() -> None:
    """Positions, and the names that their owner gave them."""
    found = find(["Cliente", "Motivo", "Folio fiscal", "RFC"], needed=("uuid", "rfc", "motive"))
    assert found.at == {"motive": 1, "uuid": 2, "rfc": 3}
    assert found.header("uuid") == "Folio fiscal"
    assert found.header("total") == told("total")
    assert (found.problems, found.warnings) == ((), ())


def test_a_missing_column_is_told() -> None:
    """By the name that we give it."""
    assert [("column-missing", "RFC emisor")] == [
        (problem.slug, problem.column) for problem in find(["uuid", "motivo"], needed=("uuid", "rfc")).problems
    ]


def test_a_repeated_column_is_told() -> None:
    """Which of the two counts cannot be guessed."""
    problem = find(["UUID", "Folio fiscal"]).problems[0]
    assert ("column-repeated", {"first": "UUID", "second": "Folio fiscal"}) == (problem.slug, problem.params)


def test_a_misspelt_column_is_told() -> None:
    """An unknown header that is nearly a known one would be lost without a word."""
    warning = find(["uuid", "Folio sustitucon"]).warnings[0]
    assert ("column-looks-like", "Folio sustitucon", "replaced_by") == (
        warning.slug,
        warning.column,
        warning.params["name"],
    )


def test_a_look_alike_of_a_column_that_is_there_is_not_told() -> None:
    """The sheet has the column; the other is its owner's own business."""
    assert find(["Motivo", "Motivos"]).warnings == ()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Chave de Acesso", "access_key"),
        ("chDCe", "access_key"),
        ("Clave de acceso", "access_key"),
        ("nProt", "protocol"),
        ("Justificativa", "justification"),
        ("xJust", "justification"),
        ("CNPJEmit", "user_cnpj"),
        ("CPF do usuário emitente", "user_cpf"),
        ("idOutroEmit", "user_other"),
        ("CNPJAutor", "author_cnpj"),
        ("dataEvento", "event_at"),
        ("Data de autorização", "authorised_at"),
        ("nSeqEvento", "sequence"),
    ],
)
def test_names_of_fields_and_of_the_common_dll_are_known(header: str, expected: str) -> None:
    """Whoever exports from another program has these headers."""
    assert expected == known(header)
    assert "br" == columns()[expected].rail
