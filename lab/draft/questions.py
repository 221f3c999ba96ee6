"""What a new stack file has to say: each key with the words that it is asked by, and its comment in the file."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.mistakes import ABSENT, Mistake
from lab.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class Question:
    """One key. ``usual`` is what most labs have; ``kind`` is what is written for it: text, or a number.

    ``is_decided``: nobody but the lab's owner knows it, so that it is asked though there is a usual answer.
    """

    key: str
    ask: str
    comment: str = ""
    usual: str | int | None = None
    kind: type[str | int] = str
    is_decided: bool = False
    choices: tuple[str, ...] = ()


QUESTIONS = (
    Question(
        key="cluster.infraId",
        ask="the cluster's infrastructure id",
        comment="oc get infrastructure cluster -o jsonpath='{.status.infrastructureName}'",
    ),
    Question(
        key="cluster.openshift", ask="its release, such as 4.20, or auto", comment="auto asks the cluster", usual="auto"
    ),
    Question(key="vcenter.server", ask="vCenter, as the Machine API knows it: a host name"),
    Question(key="vcenter.datacenter", ask="the datacenter's name"),
    Question(key="vcenter.cluster", ask="the vSphere cluster's name", comment="each of its hosts gets the trunk"),
    Question(key="vcenter.datastore", ask="the datastore's name"),
    Question(key="vcenter.folder", ask="the folder of the cluster's VMs, /<datacenter>/vm/…"),
    Question(key="vcenter.resourcePool", ask="the resource pool, /<datacenter>/host/<cluster>/Resources"),
    Question(key="vcenter.machineNetwork", ask="the network of the machines' first card"),
    Question(
        key="trunk.portGroup",
        ask="a name for the port group that carries every VLAN",
        comment="to be made; the name has to be free",
        usual="Trunk",
        is_decided=True,
    ),
    Question(
        key="trunk.switch.kind",
        ask="the kind of switch that it is on",
        comment="standard or distributed: docs/which-switch-which-bridge.md",
        usual="standard",
        is_decided=True,
        choices=("standard", "distributed"),
    ),
    Question(
        key="trunk.switch.name",
        ask="that switch's name",
        comment="of a standard switch the same on every host",
        usual="vSwitch0",
        is_decided=True,
    ),
    Question(key="template.source", ask="the installer's RHCOS template"),
    Question(
        key="template.bootImages",
        ask="when OpenShift replaces the template by plain RHCOS: leave or optOut",
        comment="needed from OpenShift 4.21 on; docs/boot-images.md has the price of leave and optOut",
        is_decided=True,
        choices=("leave", "optOut"),
    ),
    Question(
        key="hypervisors.replicas", ask="how many hypervisors", comment="machines", usual=1, kind=int, is_decided=True
    ),
    Question(key="hypervisors.cpus", ask="CPUs of each", kind=int),
    Question(key="hypervisors.coresPerSocket", ask="cores per socket", usual=1, kind=int),
    Question(key="hypervisors.memoryMiB", ask="memory of each, in MiB", kind=int),
    Question(
        key="hypervisors.diskGiB",
        ask="disk of each, in GiB",
        comment="no less than the template's",
        usual=120,
        kind=int,
    ),
    Question(
        key="nodeNetwork.nic",
        ask="the trunk's card as the node names it",
        comment="the second card of a VM with vmxnet3 cards is ens224",
        usual="ens224",
        is_decided=True,
    ),
    Question(
        key="nodeNetwork.bridging",
        ask="how VMs get at the VLANs",
        comment="per-vlan, vlan-aware or ovn-localnet: docs/which-switch-which-bridge.md",
        usual="vlan-aware",
        is_decided=True,
        choices=("per-vlan", "vlan-aware", "ovn-localnet"),
    ),
    Question(
        key="operators.mode",
        ask="NMState and OpenShift Virtualization",
        comment="expect: they are there; manage: this stack installs them; docs/operators.md",
        usual="expect",
        choices=("expect", "manage", "ignore"),
    ),
)
BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}
# Of a MachineSet of vSphere only; what there is no MachineSet for is asked.
VLAN = "id, name, and the namespaces that may use it: 1928 provisioning blue"


def mistaken(words: Iterable[str]) -> list[Mistake]:
    """What of ``--set KEY=VALUE`` cannot be."""
    return [_mistaken(word) for word in words if "=" not in word or _key(word) not in BY_KEY]


def _mistaken(word: str) -> Mistake:
    close = difflib.get_close_matches(_key(word), BY_KEY, n=1)
    remedy = f"Did you mean {close[0]}=…?" if close else f"Known here: {', '.join(BY_KEY)}"
    return Mistake(key="--set", value=word, reason="this is no KEY=VALUE of a new file", remedy=remedy)


def given(words: Iterable[str]) -> dict[str, Any]:
    """What ``--set KEY=VALUE`` says."""
    return {_key(word): parsed(BY_KEY[_key(word)], word.partition("=")[2].strip()) for word in words}


def _key(word: str) -> str:
    return word.partition("=")[0].strip().removeprefix(f"{PROJECT}:")


def parsed(question: Question, text: str) -> Any:
    """What an answer means; a number that is none stays text, for the settings to refuse."""
    try:
        return question.kind(text)
    except ValueError:
        return text


def vlan(text: str) -> dict[str, Any]:
    """A VLAN in a line, "1928 provisioning blue green", as the stack file has it; ids that are none stay text."""
    number, *words = text.split() or [""]
    return {
        "id": int(number) if number.isdecimal() else number,
        **({"name": words[0]} if words else {}),
        **({"namespaces": words[1:]} if words[1:] else {}),
    }


def missing(values: Mapping[str, Any], vlans: Iterable[Any], *, needs_boot_images: bool) -> list[Mistake]:
    """What neither was read nor said, and has no usual answer."""
    found = [
        Mistake(
            key=f"{PROJECT}:{question.key}",
            value=ABSENT,
            reason="is missing",
            remedy=f"Add --set {question.key}={'|'.join(question.choices) or '…'}",
        )
        for question in QUESTIONS
        if values.get(question.key) is None
        and question.usual is None
        and (question.key != "template.bootImages" or needs_boot_images)
    ]
    if not list(vlans):
        found.append(
            Mistake(key=f"{PROJECT}:vlans", value=ABSENT, reason="is missing", remedy="Add --vlan '1925 trans-proxy'")
        )
    return found
