"""The vault: secrets sealed in the ledger, opened with a master key that is not in it."""

from worker.ledger.ledger import SqlLedger
from worker.signing.custody import MasterKeys


class SecretMissing(KeyError):
    """There is no secret under this name."""

    slug = "secret-missing"

    def __init__(self, tenant: str, purpose: str, ref: str) -> None:
        super().__init__(f"no secret {purpose!r} of {ref!r} in tenant {tenant!r}")


class SqlVault:
    """``worker.engine.ports.Vault``. What ``open`` returns is held in memory only and never logged."""

    def __init__(self, ledger: SqlLedger, keys: MasterKeys) -> None:
        self._ledger, self._keys = ledger, keys

    def put(self, tenant: str, purpose: str, ref: str, secret: bytes) -> None:
        """Seal a secret under the current master key, in place of what was under this name."""
        sealed = self._keys.seal(secret, (tenant, purpose, ref))
        with self._ledger.unit() as unit:
            unit.secrets.put(tenant, purpose, ref, sealed)

    def open(self, tenant: str, purpose: str, ref: str) -> bytes:
        """The secret.

        Raises:
            SecretMissing: there is none (a ``KeyError``).
            CannotUnseal: ``master-key-wrong`` or ``secret-tampered``.
        """
        with self._ledger.reading() as reading:
            sealed = reading.secrets.get(tenant, purpose, ref)
        if sealed is None:
            raise SecretMissing(tenant, purpose, ref)
        return self._keys.unseal(sealed, (tenant, purpose, ref))

    def prove(self) -> None:
        """Whether the keys at hand open what is sealed here; one secret tells. An empty vault proves itself.

        Raises:
            CannotUnseal: ``master-key-wrong`` or ``secret-tampered``.
        """
        with self._ledger.reading() as reading:
            found = reading.secrets.first()
        if found is not None:
            name, sealed = found
            self._keys.unseal(sealed, name)

    def has(self, tenant: str, purpose: str, ref: str) -> bool:
        """Whether there is such a secret. Opens nothing."""
        with self._ledger.reading() as reading:
            return reading.secrets.get(tenant, purpose, ref) is not None

    def drop(self, tenant: str, purpose: str, ref: str) -> bool:
        """Forget a secret; whether there was one."""
        with self._ledger.unit() as unit:
            return unit.secrets.drop(tenant, purpose, ref)

    def rotate(self) -> int:
        """Seal anew, under the current master key, what an older one sealed; how many. All of them or none.

        Raises:
            CannotUnseal: one of them can't be opened with the keys at hand; nothing was changed.
        """
        count = 0
        with self._ledger.unit() as unit:
            for tenant, purpose, ref, sealed in unit.secrets.not_under(self._keys.current):
                name = (tenant, purpose, ref)
                unit.secrets.put(*name, self._keys.seal(self._keys.unseal(sealed, name), name))
                count += 1
        return count
