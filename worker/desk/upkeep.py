"""What keeps an installation going: its ledger's revision and its master key."""

from sqlalchemy import make_url

from worker.assembly import House
from worker.ledger.vault import SqlVault
from worker.signing import custody


class UpkeepDesk:
    """Where an installation is made and kept up to date."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def place(self) -> str:
        """The ledger's address, without its password."""
        return make_url(self._house.settings.ledger_url).render_as_string(hide_password=True)

    def open(self) -> None:
        """Make what a first start on one machine needs: the ledger's file, and a master key where none was given.

        Beyond one machine nothing is made by itself: a key that only one of several machines has would seal secrets
        that the others cannot open.
        """
        if self._house.settings.embedded and self._house.settings.ledger_url.startswith("sqlite"):
            self._house.open()

    def migrate(self) -> None:
        """Bring the ledger to this program's revision; safe for several processes at once.

        Raises:
            LedgerAhead, LedgerUnreachable: see ``worker.ledger.faults``.
        """
        self._house.ledger.migrate()

    def create_key(self) -> str:
        """A first master key in its file; the id of it.

        Raises:
            CannotUnseal: ``master-key-exists``.
        """
        return custody.create_file(self._house.settings.master_key_path).current

    def rotate_key(self) -> tuple[str, int]:
        """A new current master key in the key file, and every secret sealed anew under it; its id, and how many.

        The old keys stay in the file: another process that still reads them goes on. A key that is given by the
        environment is rotated there, by putting the new one first; then this only seals anew.

        Raises:
            CannotUnseal: see ``worker.signing.custody``; nothing was sealed anew then.
        """
        given = self._house.settings.master_key
        keys = self._house.keys if given else custody.renew_file(self._house.settings.master_key_path)
        return keys.current, SqlVault(self._house.ledger, keys).rotate()
