"""What a producer may ask for, and how it is told what is wrong."""

from decimal import Decimal
from typing import Any

import pytest

from schemas.problem import Rejected
from schemas.requests import CfdiCancellation, parse

UUID = "11111111-2222-4333-8444-00000000000A"
OTHER = "11111111-2222-4333-8444-00000000000B"
GOOD = {"rfc": "EKU9003173C9", "uuid": UUID, "motive": "02"}


def refused(given: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Field and slug of every problem."""
    with pytest.raises(Rejected) as rejected:
        parse(given)
    return [(problem.column, problem.slug) for problem in rejected.value.problems]


def test_a_plain_request_needs_three_values() -> None:
    """Everything else has a safe default; the environment is the test one."""
    assert parse(GOOD) == CfdiCancellation(
        rail="mx", tenant="default", environment="test", rfc="EKU9003173C9", uuid=UUID, motive="02"
    )


def test_identifiers_are_normalised() -> None:
    """Case, spaces and decomposed letters make no other document."""
    request = parse({"rfc": " zun\u0303920208kl4 ", "uuid": f" {UUID.lower()} ", "motive": " 02 "})
    assert isinstance(request, CfdiCancellation)
    assert ("ZUÑ920208KL4", UUID, "02") == (request.rfc, request.document, request.motive)


def test_content_holds_canonical_values_only() -> None:
    """The ledger compares contents: absent values are absent and a total has one spelling."""
    full = GOOD | {"motive": "01", "replaced_by": OTHER.lower(), "receiver": "xaxx010101000", "total": "1,160.00"}
    assert parse(full).content() == {
        "rfc": "EKU9003173C9",
        "uuid": UUID,
        "motive": "01",
        "replaced_by": OTHER,
        "receiver": "XAXX010101000",
        "total": "1160",
    }
    assert parse(GOOD | {"retention": True}).content() == GOOD | {"retention": True}


def test_a_payload_makes_the_same_request_again() -> None:
    """What is sent is what was meant, and plain JSON."""
    request = parse(
        GOOD
        | {"receiver": "XAXX010101000", "total": Decimal("0.10"), "key": "k-1", "round": 2, "tenant": "t"}
        | {"environment": "production", "reply": {"task": "erp.told", "queue": "erp"}}
    )
    assert request == parse(request.payload())
    assert request.payload()["total"] == "0.1"
    assert {"rail": "mx", **GOOD} == parse(GOOD).payload()


def test_the_answer_goes_to_the_caller_with_its_key() -> None:
    """Task, queue and key are kept for the receipt and the ending."""
    reply = {"task": "erp.told", "queue": "erp"}
    assert parse(GOOD | {"reply": reply, "key": "k-1"}).answer_to() == reply | {"key": "k-1"}
    assert parse(GOOD | {"reply": reply}).answer_to() == reply
    assert parse(GOOD).answer_to() is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rfc": "EKU"}, ("rfc", "rfc-malformed")),
        ({"rfc": 7}, ("rfc", "rfc-malformed")),
        ({"rfc": "XAXX010101000"}, ("rfc", "rfc-generic-issuer")),
        ({"uuid": "no"}, ("uuid", "uuid-malformed")),
        ({"uuid": None}, ("uuid", "uuid-malformed")),
        ({"motive": "2"}, ("motive", "motive-unknown")),
        ({"motive": 2}, ("motive", "motive-unknown")),
        ({"motive": "01"}, ("replaced_by", "replacement-missing")),
        ({"motive": "01", "replaced_by": UUID.lower()}, ("replaced_by", "replacement-is-itself")),
        ({"replaced_by": OTHER}, ("replaced_by", "replacement-forbidden")),
        ({"receiver": "XAXX010101000"}, ("total", "receiver-and-total-together")),
        ({"total": "1"}, ("receiver", "receiver-and-total-together")),
        ({"receiver": "XAXX010101000", "total": "-1"}, ("total", "total-negative")),
        ({"receiver": "XAXX010101000", "total": [1]}, ("total", "total-malformed")),
        ({"retention": "yes"}, ("retention", "field-not-a-flag")),
        ({"round": 0}, ("round", "field-malformed")),
        ({"round": True}, ("round", "field-malformed")),
        ({"tenant": "a b"}, ("tenant", "field-malformed")),
        ({"tenant": "a" * 65}, ("tenant", "field-too-long")),
        ({"key": "with space"}, ("key", "field-malformed")),
        ({"environment": "live"}, ("environment", "field-malformed")),
        ({"password": "x"}, ("password", "field-unknown")),
        ({"reply": {"task": "erp.told"}}, ("reply.queue", "field-missing")),
        ({"reply": {"task": "cancela.request", "queue": "erp"}}, ("reply", "reply-to-ourselves")),
        ({"reply": {"task": "erp.told", "queue": "cancela.intake"}}, ("reply", "reply-to-ourselves")),
        ({"rail": "xx"}, ("rail", "rail-unknown")),
        ({"rail": ["mx"]}, ("rail", "rail-unknown")),
    ],
)
def test_what_is_wrong_is_told_with_its_field(change: dict[str, Any], problem: tuple[str, str]) -> None:
    """Each rule has a slug of its own and names the field to look at."""
    assert [problem] == refused(GOOD | change)


def test_every_problem_is_told_at_once() -> None:
    """Nobody has to mend a request one error at a time."""
    assert refused({}) == [("rfc", "field-missing"), ("uuid", "field-missing"), ("motive", "field-missing")]


def test_a_problem_reads_in_three_languages() -> None:
    """The text names the value; long and unprintable values are cut to size."""
    with pytest.raises(Rejected) as rejected:
        parse(GOOD | {"uuid": "x\n" * 500})
    problem = rejected.value.problems[0]
    assert len({problem.text(lang).what for lang in ("es", "pt", "en")}) == 3
    assert len(problem.params["value"]) <= 61
    assert "\n" not in problem.payload("en")["what"]
