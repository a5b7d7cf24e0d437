"""What the tests of signing share."""

import pytest

from sandbox.certificates import Authority, key_pool


@pytest.fixture(scope="session")
def authority() -> Authority:
    """SAT's stand-in, on pooled keys: making one takes longer than most tests."""
    return Authority(keys=key_pool)
