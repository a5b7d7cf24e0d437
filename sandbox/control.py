"""The sandbox's own door, over HTTP and JSON: tell it what shall happen, ask it what did."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.account import Account
from sandbox.certificates import Authority
from sandbox.documents import PlanFault
from sandbox.faults import FaultBook, FaultPlanFault
from sandbox.notice import malformed, notice
from sandbox.notices import Notices
from sandbox.sefaz_control import SefazControl
from sandbox.sefaz_register import Register
from sandbox.truth import World


class Control:
    """Serves ``/truth``, ``/documents``, ``/faults``, ``/time``, ``/account``, ``/sefaz``, ``/notices`` and
    ``/certificates``.

    A wish that cannot be understood is answered with 400 and ``{"error": …}``; nothing was changed then.
    """

    def __init__(
        self,
        world: World,
        faults: FaultBook,
        account: Account,
        authority: Authority,
        notices: Notices,
        register: Register,
        sefaz: SefazControl,
        addresses: Callable[[], dict[str, Any]],
    ) -> None:
        self._world, self._faults, self._account = world, faults, account
        self._authority, self._notices, self._addresses = authority, notices, addresses
        self._register, self._sefaz = register, sefaz

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [
            web.get("/", self._whereabouts),
            web.get("/truth", self._truth),
            web.get("/truth/{uuid}", self._truth_of_one),
            web.post("/documents", self._understood(self._documents)),
            web.post("/faults", self._understood(self._wrongs)),
            web.delete("/faults", self._no_faults),
            web.post("/time", self._understood(self._time)),
            web.post("/account", self._understood(self._set_account)),
            web.post("/sefaz", self._understood(self._sefaz.behave)),
            web.post("/notices", self._understood(self._write)),
            web.post("/certificates", self._understood(self._issue)),
        ]

    def _understood(self, wish: Callable[[Any], Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            try:
                done = wish(json.loads(await request.read()))
                return web.json_response(await done if hasattr(done, "__await__") else done)
            except (PlanFault, FaultPlanFault, ValueError, KeyError, TypeError, AttributeError) as fault:
                return web.json_response({"error": str(fault)}, status=400)

        return handle

    async def _whereabouts(self, _request: web.Request) -> web.Response:
        return web.json_response(self._addresses())

    async def _truth(self, _request: web.Request) -> web.Response:
        return web.json_response(truth(self._world, self._register))

    async def _truth_of_one(self, request: web.Request) -> web.Response:
        told = truth(self._world, self._register)["documents"].get(request.match_info["uuid"].upper())
        return web.json_response(told or {"error": "unknown"}, status=200 if told else 404)

    def _documents(self, plans: list[dict[str, Any]]) -> dict[str, int]:
        """``[{"uuid", "issuer", "receiver", "total", "life", "answer_after", "acuse_style", "faults": [...]}]``.

        A DC-e has a ``key`` instead of a uuid: ``{"key", "cnpj", "protocol", "authorised_at", "life", "faults"}`` and
        what else ``Dce.planned`` takes.
        """
        dces = self._register.planned(plan for plan in plans if "key" in plan)
        self._world.admit(plan for plan in plans if "key" not in plan)
        self._register.enter(dces)
        added = sum(self._faults.plan(plan.get("faults", ()), plan.get("uuid") or plan["key"]) for plan in plans)
        return {"documents": len(plans), "faults": added}

    def _wrongs(self, plans: list[dict[str, Any]]) -> dict[str, int]:
        """``[{"operation", "kind", "acts", "uuid", "times", "seconds", "code", "size"}]``; see ``sandbox.faults``."""
        return {"faults": self._faults.plan(plans)}

    async def _no_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({"faults": 0})

    def _time(self, wish: dict[str, Any]) -> dict[str, Any]:
        """``{"advance": seconds}`` for everything, ``{"set": "2026-11-20T12:00:00-06:00"}`` for the calendar alone."""
        if "set" in wish:
            self._world.clock.set(datetime.fromisoformat(wish["set"]))
        self._world.clock.advance(float(wish.get("advance", 0)))
        self._notices.wake()
        return {"now": self._world.clock.now().isoformat(), "lived": self._world.clock.life()}

    def _set_account(self, wish: dict[str, Any]) -> dict[str, Any]:
        """``{"unlock": true}``, or ``{"refusal": 603}`` to make every call end with that code."""
        if wish.get("unlock"):
            self._account.unlock()
        if "refusal" in wish:
            self._account.refusal = None if wish["refusal"] is None else int(wish["refusal"])
        return {"blocked": self._account.blocked, "refusal": self._account.refusal}

    async def _write(self, wish: dict[str, Any]) -> dict[str, int]:
        """``{"uuid", "to", "status": "OK" | "ERROR" | "malformed"}``: sends a notice now, whatever the truth is."""
        uuid, to, at = str(wish["uuid"]), str(wish["to"]), self._world.clock.now()
        if wish["status"] == "malformed":
            letters = list(malformed(uuid, to, at))
        else:
            letters = [notice(uuid, {"OK": True, "ERROR": False}[wish["status"]], to, at)]
        await self._notices.post(uuid, letters, to, f"forged {wish['status']}")
        return {"letters": len(letters)}

    def _issue(self, wish: dict[str, Any]) -> dict[str, str]:
        """``{"rfc", "kind": "csd" | "fiel", "name"}``: a new certificate with its key, in base64.

        With ``cnpj`` or ``cpf`` a Brazilian one: see ``SefazControl.issue``.
        """
        if "cnpj" in wish or "cpf" in wish:
            return self._sefaz.issue(wish)
        pair = self._authority.issue(**{"kind": "csd", **wish})
        return {
            "rfc": pair.rfc,
            "number": pair.number,
            "cer": base64.b64encode(pair.cer).decode(),
            "key": base64.b64encode(pair.key).decode(),
            "password": pair.password,
        }


def truth(world: World, register: Register) -> dict[str, Any]:
    """Everything that the authorities of both countries hold true, as JSON-ready data."""
    told = world.told()
    return told | {"documents": told["documents"] | register.told()}
