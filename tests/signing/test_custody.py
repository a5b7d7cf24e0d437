"""Custody: what is sealed opens with its key, under its name, unchanged, and for nobody else."""

import base64
import copy
import os
import pickle
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.signing.custody import CannotUnseal, MasterKeys, Sealed, create_file, from_file, from_text, renew_file

KEY, OTHER = os.urandom(32), os.urandom(32)
NAME = ("acme", "csd", "issuer-1")


def _slug(work: Callable[[], object]) -> str:
    with pytest.raises(CannotUnseal) as fault:
        work()
    return fault.value.slug


def _b64(*keys: bytes) -> str:
    return "\n".join(base64.b64encode(key).decode() for key in keys)


@given(st.binary(max_size=4000), st.tuples(st.text(), st.text(), st.text()))
def test_a_secret_opens_under_its_name(secret: bytes, name: tuple[str, str, str]) -> None:
    """Any bytes, any name."""
    keys = MasterKeys([KEY])
    assert secret == keys.unseal(keys.seal(secret, name), name)


def test_sealing_twice_looks_different() -> None:
    """Neither data keys nor nonces are used again."""
    keys = MasterKeys([KEY])
    one, other = keys.seal(b"same", NAME), keys.seal(b"same", NAME)
    assert one.ciphertext != other.ciphertext
    assert (one.nonce, one.wrapped[:12], one.wrapped[12:]) != (other.nonce, other.wrapped[:12], other.wrapped[12:])


@pytest.mark.parametrize("name", [("acme", "csd", "issuer-2"), ("acmec", "sd", "issuer-1"), ("acme", "csd")])
def test_another_name_does_not_open(name: tuple[str, ...]) -> None:
    """Names are told apart part by part, not as one long text."""
    keys = MasterKeys([KEY])
    assert _slug(lambda: keys.unseal(keys.seal(b"s", NAME), name)) == "secret-tampered"


@pytest.mark.parametrize("part", ["wrapped", "nonce", "ciphertext"])
@pytest.mark.parametrize("change", [lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b"", lambda b: b + b"x"])
def test_any_change_is_found(part: str, change: Callable[[bytes], bytes]) -> None:
    """A bit, a cut, an addition, in whatever part."""
    keys = MasterKeys([KEY])
    sealed = keys.seal(b"secret", NAME)
    changed = replace(sealed, **{part: change(getattr(sealed, part))})  # type: ignore[arg-type]
    assert _slug(lambda: keys.unseal(changed, NAME)) == "secret-tampered"


def test_another_key_does_not_open() -> None:
    """It is told that the key is wrong, which a person can mend; also when the key's id was forged."""
    sealed = MasterKeys([KEY]).seal(b"secret", NAME)
    other = MasterKeys([OTHER])
    assert _slug(lambda: other.unseal(sealed, NAME)) == "master-key-wrong"
    assert _slug(lambda: other.unseal(replace(sealed, key_id=other.current), NAME)) == "secret-tampered"


def test_old_keys_open_and_the_first_one_seals() -> None:
    """What rotation needs."""
    both = from_text(_b64(OTHER, KEY))
    assert both.unseal(MasterKeys([KEY]).seal(b"secret", NAME), NAME) == b"secret"
    assert both.seal(b"secret", NAME).key_id == MasterKeys([OTHER]).current


def test_keys_show_nothing_of_themselves() -> None:
    """Not in a repr, not in an attribute, not in a pickle, not in a copy."""
    keys = from_text(_b64(KEY, OTHER))
    assert repr(keys) == f"MasterKeys(current={keys.current!r}, old=1)"
    assert KEY not in [value for value in vars(keys).values() if isinstance(value, bytes)]
    for spread in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            spread(keys)
    assert "ciphertext" not in repr(Sealed(key_id="i", wrapped=b"w", nonce=b"n", ciphertext=b"c"))


@pytest.mark.parametrize(
    "text", ["short", _b64(b"x" * 31), "ñ" * 44, _b64(KEY) + "!"], ids=["length", "a byte short", "letters", "sign"]
)
def test_malformed_keys_are_refused_without_being_shown(text: str) -> None:
    """Neither in the fault nor in its causes."""
    with pytest.raises(CannotUnseal) as fault:
        from_text(text)
    assert (fault.value.slug, text in str(fault.value)) == ("master-key-malformed", False)
    assert fault.value.__cause__ is None


def test_no_key_is_a_missing_key(tmp_path: Path) -> None:
    """An empty variable, an empty file, no file: nothing is made up."""
    (tmp_path / "empty").touch(0o600)
    assert _slug(lambda: from_text(" ")) == "master-key-missing"
    assert _slug(lambda: from_file(tmp_path / "empty")) == "master-key-missing"
    assert _slug(lambda: from_file(tmp_path / "nowhere")) == "master-key-missing"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o601])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """It may be known already; a person has to look."""
    create_file(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    assert _slug(lambda: from_file(tmp_path / "key")) == "master-key-permissions"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"A" * 5000])
def test_a_file_that_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Too long, or no text at all."""
    (tmp_path / "key").touch(0o600)
    (tmp_path / "key").write_bytes(content)
    assert _slug(lambda: from_file(tmp_path / "key")) == "master-key-malformed"


def test_a_key_is_created_once(tmp_path: Path) -> None:
    """Readable by its owner alone, and never over an existing one."""
    path = tmp_path / "deep" / "key"
    keys = create_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _slug(lambda: create_file(path)) == "master-key-exists"
    assert from_file(path).unseal(keys.seal(b"secret", NAME), NAME) == b"secret"


def test_a_key_is_renewed_and_the_old_one_stays_readable(tmp_path: Path) -> None:
    """The new one is first; nothing but the key file is left behind."""
    old = create_file(tmp_path / "key")
    new = renew_file(tmp_path / "key")
    assert new.current != old.current
    assert new.unseal(old.seal(b"secret", NAME), NAME) == b"secret"
    assert [(tmp_path / "key")] == list(tmp_path.iterdir())
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
