"""One session's calls to vCenter: one login in place of an ended session, and plain words for a broken connection."""

from __future__ import annotations

from http.client import BadStatusLine
from types import SimpleNamespace
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from clients.credentials import VCenterAccess
from clients.errors import LabError
from clients.vcenter import session
from clients.vcenter.calls import Calls

ENDED = (500, vim.fault.NotAuthenticated(privilegeId="System.View"))
FOUND = (200, "found")
METHOD = SimpleNamespace(wsdlName="FindByInventoryPath")
Query = vmodl.query.PropertyCollector


class Wire:
    """In the place of pyVmomi's adapter: answers in the order in which they are told, or errors to raise."""

    version = "vim.version.version9"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.cookie = "the first session's"
        self.logins: list[str] = []

    def InvokeMethod(self, _target: Any, _method: Any, _arguments: Any, _outer: Any) -> Any:  # noqa: N802
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def calls(wire: Wire, login: Exception | None = None) -> Calls:
    def log_in(adapter: Any) -> None:
        wire.logins.append(adapter.cookie)
        if login is not None:
            raise login

    return Calls(wire, "vcenter.lab", log_in)


def withheld(fault: Exception) -> tuple[int, Any]:
    """What the property collector answers about properties that it does not show."""
    missing = Query.MissingProperty(path="name", fault=fault)
    content = Query.ObjectContent(obj=vim.Folder("group-v3"), missingSet=[missing])
    return 200, Query.RetrieveResult(objects=[content])


def test_a_call_is_passed_on_without_a_login() -> None:
    wire = Wire(FOUND)
    assert calls(wire).InvokeMethod(None, METHOD, ()) == "found"
    assert wire.logins == []


@pytest.mark.parametrize("ended", [ENDED, withheld(ENDED[1])], ids=["at the call", "for each property"])
def test_an_ended_session_is_replaced_by_one_login_without_its_cookie_and_the_call_made_again(ended: Any) -> None:
    wire = Wire(ended, FOUND)
    assert calls(wire).InvokeMethod(None, METHOD, ()) == "found"
    assert (wire.logins, wire.answers) == ([""], [])


def test_a_call_that_is_refused_again_after_the_login_ends_with_what_happened() -> None:
    wire = Wire(ENDED, ENDED, FOUND)
    with pytest.raises(
        LabError, match=r"vcenter\.lab ended the session, .* as well .*FindByInventoryPath.*no third login"
    ):
        calls(wire).InvokeMethod(None, METHOD, ())
    assert len(wire.logins) == 1


def test_a_session_that_ends_a_second_time_is_not_replaced_again() -> None:
    """Or a long wait, which asks every two seconds, would log in as often."""
    wire = Wire(ENDED, FOUND, FOUND, ENDED, FOUND)
    ours = calls(wire)
    assert [ours.InvokeMethod(None, METHOD, ()) for _ in range(2)] == ["found", "found"]
    with pytest.raises(LabError, match="no third login"):
        ours.InvokeMethod(None, METHOD, ())
    assert len(wire.logins) == 1


def test_a_refused_login_is_told_and_not_repeated() -> None:
    wire = Wire(ENDED, FOUND)
    with pytest.raises(LabError, match="wrong password"):
        calls(wire, LabError("wrong password")).InvokeMethod(None, METHOD, ())
    assert (len(wire.logins), wire.answers) == (1, [FOUND])


@pytest.mark.parametrize("error", [ConnectionResetError(104, "Connection reset by peer"), BadStatusLine("no status")])
def test_a_connection_that_breaks_is_told_and_the_call_is_not_repeated(error: Exception) -> None:
    """It may have been served: a second clone would find its name taken."""
    wire = Wire(error, FOUND)
    with pytest.raises(LabError, match=r"vcenter\.lab went away in the middle of FindByInventoryPath: .*pulumi up"):
        calls(wire).InvokeMethod(None, METHOD, ())
    assert wire.answers == [FOUND]


def test_a_connection_that_breaks_at_the_login_is_told_as_well() -> None:
    with pytest.raises(LabError, match="went away in the middle of Login: Connection reset by peer"):
        calls(Wire(ENDED), ConnectionResetError(104, "Connection reset by peer")).InvokeMethod(None, METHOD, ())


@pytest.mark.parametrize(
    "fault", [vim.fault.NoPermission(privilegeId="System.Read"), vim.fault.DuplicateName(name="a")]
)
def test_any_other_fault_is_raised_as_it_is(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised:
        calls(Wire((500, fault))).InvokeMethod(None, METHOD, ())
    assert raised.value is fault


def test_a_property_that_this_user_may_not_read_is_no_unset_one() -> None:
    """Without its notes our template would read as gone, and be made a second time."""
    with pytest.raises(vim.fault.NoPermission):
        calls(Wire(withheld(vim.fault.NoPermission(privilegeId="System.Read")))).InvokeMethod(None, METHOD, ())


def test_a_property_that_an_object_has_not_is_just_left_out() -> None:
    answer = withheld(vmodl.query.InvalidProperty(name="name"))
    assert calls(Wire(answer)).InvokeMethod(None, METHOD, ()) is answer[1]


def test_a_fault_that_nothing_has_explained_is_a_line_at_the_sessions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Any] = []
    service = SimpleNamespace(_stub=Wire((200, "content")))
    monkeypatch.setattr(session, "SmartConnect", lambda **_: service)
    monkeypatch.setattr(session, "Disconnect", left.append)
    access = VCenterAccess(host="vcenter.lab", user="lab", password="")
    with pytest.raises(LabError, match=r"refused to finish .*System\.Read"), session.connect(access):
        raise vim.fault.NoPermission(privilegeId="System.Read")
    assert left == [service]
