"""Sealed secrets, as rows. Opening them is ``worker.ledger.vault``'s."""

import uuid
from collections.abc import Iterator

from sqlalchemy import RowMapping, delete, select

from worker.ledger import tables
from worker.ledger.transaction import Transaction
from worker.signing.custody import Sealed


class Secrets(Transaction):
    """The part of a transaction that keeps what it can't read."""

    def get(self, tenant: str, purpose: str, ref: str) -> Sealed | None:
        """The sealed secret under this name."""
        c = tables.secrets.c
        query = select(tables.secrets).where(c.tenant == tenant, c.purpose == purpose, c.ref == ref)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _sealed(row)

    def put(self, tenant: str, purpose: str, ref: str, sealed: Sealed) -> None:
        """Keep this, in place of what was under the name."""
        parts = {
            "key_id": sealed.key_id,
            "wrapped": sealed.wrapped,
            "nonce": sealed.nonce,
            "ciphertext": sealed.ciphertext,
        }
        c = tables.secrets.c
        row = {"id": str(uuid.uuid4()), "tenant": tenant, "purpose": purpose, "ref": ref}
        new = self._insert(tables.secrets).values(row | parts)
        self._connection.execute(
            new.on_conflict_do_update(
                index_elements=[c.tenant, c.purpose, c.ref], set_={name: new.excluded[name] for name in parts}
            )
        )

    def drop(self, tenant: str, purpose: str, ref: str) -> bool:
        """Forget this secret; whether there was one."""
        c = tables.secrets.c
        gone = delete(tables.secrets).where(c.tenant == tenant, c.purpose == purpose, c.ref == ref)
        return self._connection.execute(gone).rowcount == 1

    def any(self) -> bool:
        """Whether anything is sealed here."""
        return self._connection.scalar(select(tables.secrets.c.id).limit(1)) is not None

    def first(self) -> tuple[tuple[str, str, str], Sealed] | None:
        """One of the sealed secrets, with its name."""
        row = self._connection.execute(select(tables.secrets).order_by(tables.secrets.c.id).limit(1)).mappings().first()
        return None if row is None else ((row["tenant"], row["purpose"], row["ref"]), _sealed(row))

    def not_under(self, key_id: str) -> Iterator[tuple[str, str, str, Sealed]]:
        """Those that are sealed under another master key: tenant, purpose, ref, and the sealed secret.

        They stay locked until the transaction ends.
        """
        c = tables.secrets.c
        query = select(tables.secrets).where(c.key_id != key_id).order_by(c.id).with_for_update()
        for row in self._connection.execute(query).mappings().all():
            yield row["tenant"], row["purpose"], row["ref"], _sealed(row)


def _sealed(row: RowMapping) -> Sealed:
    return Sealed(key_id=row["key_id"], wrapped=row["wrapped"], nonce=row["nonce"], ciphertext=row["ciphertext"])
