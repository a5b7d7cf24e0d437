"""An IMAP server that does as a test tells it, also what no server should."""

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import BinaryIO, Self

from tests.mail.world import PATIENCE


class Talk:
    """One client's connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lines: BinaryIO = sock.makefile("rb")

    def send(self, text: str | bytes) -> None:
        """Exactly these bytes, in one packet."""
        self.sock.sendall(text.encode() if isinstance(text, str) else text)

    def line(self) -> str:
        """The next line of the client; empty when it is gone."""
        return self.lines.readline().decode().rstrip("\r\n")

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.lines.close()
        self.sock.close()


Act = Callable[[Talk, str], None]


class Scripted:
    """``mails`` by uid. ``acts[COMMAND]`` are played, one per occurrence, instead of the proper answer."""

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.uidvalidity = 7
        self.capabilities = "IMAP4rev1 IDLE MOVE"
        self.folders: dict[str, list[int]] = {}
        self.seen: list[int] = []
        self.acts: dict[str, list[Act]] = {}
        self.commands: list[str] = []
        self.connections = 0
        self._changed = Condition()
        self._talks: list[Talk] = []
        self._threads: list[Thread] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._door.getsockname()[:2]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for talk in self._talks:
            with suppress(OSError):
                talk.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def arrive(self, uid: int, mail: bytes, *, tell: bool = True) -> None:
        """A mail comes in; clients in IDLE are told."""
        self.mails[uid] = mail
        if tell:
            for talk in self._talks:
                with suppress(OSError):
                    talk.send(f"* {len(self.mails)} EXISTS\r\n")

    def await_command(self, word: str, number: int = 1) -> int:
        """Wait until a command was given so many times; how often it was."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.count(word) >= number, PATIENCE), self.commands
            return self.count(word)

    def count(self, word: str) -> int:
        """How often a command was given."""
        return sum(word in command for command in self.commands)

    def _start(self, target: Callable[[], None]) -> None:
        thread = Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                talk = Talk(self._door.accept()[0])
                self._talks.append(talk)
                self.connections += 1
                self._start(lambda talk=talk: self._converse(talk))  # type: ignore[misc]

    def _converse(self, talk: Talk) -> None:
        with suppress(OSError, ValueError):
            talk.send(f"* OK [CAPABILITY {self.capabilities}] ready\r\n")
            while line := talk.line():
                command = line.partition(" ")[2]
                words = command.replace("UID ", "").split(" ")
                acts = self.acts.get(words[0])
                act = acts.pop(0) if acts else getattr(self, f"_{words[0].lower()}", _bad)
                with self._changed:
                    self.commands.append(command)
                    self._changed.notify_all()
                act(talk, line)
        talk.close()

    # -- proper answers -----------------------------------------------------------------------------------------
    def _capability(self, talk: Talk, line: str) -> None:
        talk.send(f"* CAPABILITY {self.capabilities}\r\n{ok(line)}")

    def _login(self, talk: Talk, line: str) -> None:
        talk.send(ok(line))

    _create = _login

    def _logout(self, talk: Talk, line: str) -> None:
        talk.send(f"* BYE\r\n{ok(line)}")
        talk.close()

    def _select(self, talk: Talk, line: str) -> None:
        uidnext = max(self.mails, default=0) + 1
        talk.send(
            f"* FLAGS (\\Seen)\r\n* {len(self.mails)} EXISTS\r\n* 0 RECENT\r\n"
            f"* OK [UIDVALIDITY {self.uidvalidity}] .\r\n* OK [UIDNEXT {uidnext}] .\r\n"
            f"{line.split()[0]} OK [READ-WRITE] done\r\n"
        )

    def _search(self, talk: Talk, line: str) -> None:
        low, _, high = line.split()[-1].partition(":")
        found = [uid for uid in sorted(self.mails) if low == "ALL" or int(low) <= uid <= int(high)]
        talk.send(f"* SEARCH {' '.join(map(str, found))}\r\n{ok(line)}")

    def _fetch(self, talk: Talk, line: str) -> None:
        for uid in map(int, line.split()[3].split(",")):
            if uid in self.mails:
                head = self.mails[uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                talk.send(
                    f'* 1 FETCH (UID {uid} INTERNALDATE "20-Nov-2026 11:00:00 -0600" BODY[HEADER]<0> '
                    f"{{{len(head)}}}\r\n".encode()
                    + head
                    + b")\r\n"
                )
        talk.send(ok(line))

    def _list(self, talk: Talk, line: str) -> None:
        talk.send(ok(line))

    def _move(self, talk: Talk, line: str) -> None:
        uids, folder = line.split()[3:5]
        for uid in expanded(uids):
            del self.mails[uid]
            self.folders.setdefault(folder.strip('"'), []).append(uid)
        talk.send(ok(line))

    def _store(self, talk: Talk, line: str) -> None:
        self.seen += expanded(line.split()[3])
        talk.send(ok(line))

    def _idle(self, talk: Talk, line: str) -> None:
        talk.send("+ idling\r\n")
        if talk.line() == "DONE":
            talk.send(ok(line))


def ok(line: str) -> str:
    """The tagged end of a command that went well."""
    return f"{line.split()[0]} OK done\r\n"


def no(text: str) -> Act:
    """A refusal in these words."""
    return lambda talk, line: talk.send(f"{line.split()[0]} NO {text}\r\n")


def expanded(spans: str) -> list[int]:
    """The numbers of an IMAP sequence set."""
    found: list[int] = []
    for low, high in re.findall(r"(\d+)(?::(\d+))?", spans):
        found += range(int(low), int(high or low) + 1)
    return found


def _bad(talk: Talk, line: str) -> None:
    talk.send(f"{line.split()[0]} BAD unknown\r\n")
