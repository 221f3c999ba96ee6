"""What every call to vCenter passes through: it logs in anew when the session has ended, once.

pyVmomi's own SessionOrientedStub would do more than is right here: it logs in up to four times a call, which locks an
account whose password has changed, and it repeats calls whose connection broke, which clones twice.
"""

from __future__ import annotations

from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import StubAdapterBase

from clients.errors import LabError
from clients.vcenter import faults

if TYPE_CHECKING:
    from collections.abc import Callable

HTTP_OK = 200


class Calls(StubAdapterBase):  # type: ignore[misc]  # pyVmomi is not typed
    """The calls of one session, over an adapter that knows nothing of sessions."""

    def __init__(self, wire: Any, endpoint: str, log_in: Callable[[Any], None]) -> None:
        """``log_in`` makes the adapter's login, and is called at most once: a session that ends again is a reason."""
        super().__init__(version=wire.version)
        self._wire = wire
        self._endpoint = endpoint
        self._log_in = log_in
        self._logged_in_anew = False

    def InvokeMethod(self, target: Any, method: Any, arguments: Any) -> Any:  # noqa: N802, pyVmomi's name
        """Makes one call; attributes of managed objects are read by calls, too.

        Raises:
            vmodl.MethodFault: as vCenter gives it, but for an ended session.
            LabError: when the connection breaks, the login is refused, or the new session has ended as well.
        """
        try:
            return self._send(target, method, arguments)
        except vim.fault.NotAuthenticated:
            if self._logged_in_anew:
                raise self._ended_again(method) from None
        self._logged_in_anew = True
        self._wire.cookie = ""  # the ended session's
        self._on_the_wire(lambda: self._log_in(self._wire), "Login")
        try:
            return self._send(target, method, arguments)
        except vim.fault.NotAuthenticated:
            raise self._ended_again(method) from None

    def _send(self, target: Any, method: Any, arguments: Any) -> Any:
        status, answer = self._on_the_wire(
            lambda: self._wire.InvokeMethod(target, method, arguments, self), method.wsdlName
        )
        if status != HTTP_OK:
            raise answer
        for fault in _withheld(answer):
            raise fault
        return answer

    def _on_the_wire(self, step: Callable[[], Any], name: str) -> Any:
        try:
            return step()
        except (OSError, HTTPException, ExpatError) as error:
            raise LabError(
                f"vCenter {self._endpoint} went away in the middle of {name}: {faults.words(error)}. "
                "What it had begun may be done or not; when vCenter answers again, `pulumi up` finds out and goes on."
            ) from None

    def _ended_again(self, method: Any) -> LabError:
        return LabError(
            f"vCenter {self._endpoint} ended the session, and the one that was opened in its place as well "
            f"(NotAuthenticated at {method.wsdlName}). There is no third login, for repeats can lock the account. "
            "Find out who ends this user's sessions; then `pulumi up` goes on."
        )


def _withheld(answer: Any) -> list[Any]:
    """What this user may not read. Anybody may ask the property collector, so that it says no a property at a time.

    Passed over, a property that is withheld would look like one that is not set.
    """
    if not isinstance(answer, vmodl.query.PropertyCollector.RetrieveResult):
        return []
    missing = [item.fault for found in answer.objects for item in found.missingSet]
    return [fault for fault in missing if isinstance(fault, vim.fault.NoPermission)]
