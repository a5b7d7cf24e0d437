"""Staying away longer and longer, within bounds."""

from worker.mail.backoff import Backoff


def test_it_doubles_up_to_its_ceiling_and_starts_over() -> None:
    """1, 2, 4 … seconds up to the ceiling; after a success from the start."""
    backoff = Backoff(1, 300, chance=lambda: 0.0)

    assert [backoff.next() for _ in range(11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]

    backoff.reset()

    assert backoff.next() == 1


def test_chance_adds_up_to_a_quarter() -> None:
    """Listeners that lost the same server do not come back in step."""
    assert Backoff(1, 300, chance=lambda: 1.0).next() == 1.25


def test_years_of_failures_do_not_overflow() -> None:
    """The number of failures is not an exponent without bound."""
    assert Backoff(1, 300, chance=lambda: 0.0, failures=10**6).next() == 300
