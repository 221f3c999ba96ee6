"""vSphere's faults in words; many come with an empty message, and their class alone says little."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import faults


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            vim.fault.NoPermission(privilegeId="VirtualMachine.Config.Settings"),
            "this user lacks the privilege VirtualMachine.Config.Settings",
        ),
        (vim.fault.DuplicateName(name="rhcos-cnv"), "the name rhcos-cnv is taken"),
        (vim.fault.ResourceInUse(type=vim.VirtualMachine, name="rhcos-cnv"), "rhcos-cnv is in use"),
        (vim.fault.ResourceInUse(), "it is in use"),
        (vim.fault.TaskInProgress(), "another task is running on it"),
        (vim.fault.NoDiskSpace(file="[Fast] a.vmdk", datastore="Fast"), "datastore Fast is full"),
        (vmodl.fault.HostNotConnected(), "its host is not connected to vCenter"),
        (vmodl.fault.HostNotReachable(), "its host is not connected to vCenter"),
        (vmodl.fault.ManagedObjectNotFound(), "it is no longer there"),
        (vim.fault.NotAuthenticated(privilegeId="System.View"), "the session has ended"),
    ],
)
def test_a_fault_that_is_met_often_has_words_of_its_own(fault: Exception, words: str) -> None:
    """To vSphere an ended session is a kind of NoPermission: no privilege would help there."""
    assert faults.words(fault) == words


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (vim.fault.FileAlreadyExists(file="[Fast] a.vmdk"), "FileAlreadyExists (file [Fast] a.vmdk)"),
        (vim.fault.InvalidName(name="a%b", msg="Bad name."), "InvalidName: Bad name. (name a%b)"),
        (vim.fault.GenericVmConfigFault(reason="no room", msg="  "), "GenericVmConfigFault (reason no room)"),
        (vim.fault.Timedout(msg="*** initializing"), "Timedout"),
        (vim.fault.Timedout(), "Timedout"),
        (vmodl.fault.NotSupported(msg="It is not supported."), "NotSupported: It is not supported."),
        (vim.fault.RestrictedVersion(), "RestrictedVersion"),
    ],
)
def test_any_other_fault_is_its_class_its_message_and_what_it_names(fault: Exception, words: str) -> None:
    """Also what a licence forbids (RestrictedVersion), to vSphere a SecurityError like an ended session."""
    assert faults.words(fault) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (TimeoutError("timed out"), "timed out"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("first\nsecond"), "first"),
        (ValueError(), "ValueError"),
    ],
)
def test_an_error_that_is_no_fault_is_one_line_and_never_empty(error: Exception, words: str) -> None:
    assert faults.words(error) == words


def test_an_explanation_says_what_was_being_done() -> None:
    error = faults.explain(vim.fault.DuplicateName(name="rhcos-cnv"), "clone rhcos")
    assert isinstance(error, LabError)
    assert str(error) == "vCenter refused to clone rhcos: the name rhcos-cnv is taken."


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (vim.fault.NoPermission(privilegeId="System.Read"), "by a role on that object"),
        (vim.fault.NotAuthenticated(privilegeId="System.View"), "has ended. Run `pulumi up` again."),
        (vim.fault.TaskInProgress(), "recent tasks"),
        (vim.fault.ResourceInUse(), "recent tasks"),
        (vim.fault.NoDiskSpace(datastore="Fast"), "cnv-lab:vcenter.datastore"),
        (vmodl.fault.HostNotConnected(), "Reconnect"),
        (vmodl.fault.ManagedObjectNotFound(), "pulumi up --refresh"),
    ],
)
def test_an_explanation_says_what_to_do(fault: Exception, says: str) -> None:
    assert says in str(faults.explain(fault, "clone rhcos"))


def test_a_fault_is_explained_where_it_is_met() -> None:
    with pytest.raises(LabError, match="refused to look up /Garden"), faults.explained("look up /Garden"):
        raise vim.fault.NoPermission(privilegeId="System.View")


def test_that_an_object_is_gone_is_for_the_caller_to_explain() -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound), faults.explained("look up /Garden"):
        raise vmodl.fault.ManagedObjectNotFound
