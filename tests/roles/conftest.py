"""Each test finds a process that has no house yet, and leaves none behind."""

import pytest

from worker import assembly


@pytest.fixture(autouse=True)
def no_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test settles in is gone after it; the next command would live in it otherwise."""
    monkeypatch.setattr(assembly, "_house", None)
