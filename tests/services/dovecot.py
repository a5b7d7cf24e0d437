"""A real Dovecot with mailboxes made on demand: IMAP in clear on loopback, IMAP over TLS under a CA of its own."""

import grp
import secrets
import subprocess
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tests.services.certificates import issue
from tests.services.programs import as_runner, need, runner
from tests.services.server import Server, free_port

_CONFIGURATION = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
protocols = imap
listen = {host}
login_greeting = {greeting}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
ssl = yes
ssl_cert = <{directory}/certificate.pem
ssl_key = <{directory}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=plain {directory}/accounts/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}/mail/%u
}}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 s
imap_idle_notify_interval = 2 s
"""

#: EX_NOHOST, doveadm's word for a user without connections.
_NOBODY_TO_KICK = 68


class DovecotServer(Server):
    """Dovecot 2.3. ``port`` speaks IMAP in clear, ``tls_port`` IMAP over TLS; ``ca_file`` is the authority to trust."""

    def __init__(self, program: Path) -> None:
        super().__init__()
        self._program = program
        self._greeting = f"Cancela test mailbox {secrets.token_hex(4)}"
        self.tls_port = 0
        chain = issue()
        self.ca_file = self.write("authority.pem", chain.authority)
        self.write("certificate.pem", chain.certificate)
        self.write("key.pem", chain.key)
        (self.directory / "accounts").mkdir()
        self.own(self.directory / "accounts")

    def choose_ports(self) -> None:
        """Two of them."""
        super().choose_ports()
        self.tls_port = free_port()

    def prepare(self) -> None:
        """Everything runs as one unprivileged user, so that it works with and without root."""
        who = runner()
        self.write(
            "dovecot.conf",
            _CONFIGURATION.format(
                directory=self.directory,
                host=self.host,
                port=self.port,
                tls_port=self.tls_port,
                greeting=self._greeting,
                user=who.pw_name,
                group=grp.getgrgid(who.pw_gid).gr_name,
                uid=who.pw_uid,
                gid=who.pw_gid,
            ),
        )

    def command(self) -> list[str]:
        """In the foreground."""
        return [str(self._program), "-F", "-c", str(self.directory / "dovecot.conf")]

    def answers(self) -> bool:
        """Compares the greeting: another server may have been faster on this port."""
        try:
            with IMAPClient(self.host, port=self.port, ssl=False, timeout=5) as client:
                return self._greeting.encode() in client.welcome
        except OSError:
            return False

    def account(self) -> tuple[str, str]:
        """User and password of a fresh, empty mailbox.

        One file each: Dovecot looks for changes of a password file once a second at most.
        """
        user, password = f"user-{secrets.token_hex(4)}", secrets.token_urlsafe(9)
        self.write(f"accounts/{user}", f"{user}:{password}\n")
        return user, password

    def login(self, user: str, password: str) -> IMAPClient:
        """A client of the test's own, to append mail and to look; a context manager that logs out."""
        client = IMAPClient(self.host, port=self.port, ssl=False, timeout=10)
        try:
            client.login(user, password)
        except Exception:
            client.shutdown()
            raise
        return client

    def drop_connections(self, user: str) -> None:
        """Cut every connection of this user, as a restarted mail server would."""
        kicked = subprocess.run(
            [str(need("doveadm")), "-c", str(self.directory / "dovecot.conf"), "kick", user],
            capture_output=True,
            timeout=10,
            **as_runner(),
        )
        if kicked.returncode not in (0, _NOBODY_TO_KICK):
            kicked.check_returncode()

    def change_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """Forget the folder's UIDs: the same mails come back under another UIDVALIDITY. Connections are cut."""
        self.drop_connections(user)
        maildir = self.directory / "mail" / user / "Maildir"
        place = maildir if folder == "INBOX" else maildir / f".{folder}"
        for path in (place / "dovecot-uidlist", *place.glob("dovecot.index*")):
            path.unlink(missing_ok=True)


def refuse_unknown_version(program: Path) -> None:
    """Dovecot 2.4 reads another configuration language, which these tests do not write."""
    version = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True, timeout=10).stdout
    if not version.startswith("2.3."):
        pytest.skip(f"these tests configure Dovecot 2.3, found {version.strip()}")
