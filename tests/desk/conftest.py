"""A counter to stand at: a town whose roles are not started."""

from tests.story.conftest import found_town, sandbox, town

__all__ = ["found_town", "sandbox", "town"]
