"""A proof's way through the cluster: pods that are made, waited for, read, and always taken away."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clients.errors import LabError
from clients.proof import batch
from clients.proof import prove as proving
from clients.proof.look import Look
from clients.proof.pods import Pods, cleaning
from clients.proof.prove import Asked, prove, tools
from lab.parts import Kind
from lab.proof.path import Trunk, path
from lab.proof.pods import LINGER_SECONDS, RUN_LABEL, SIDES, Run
from lab.proof.result import Outcome, Reach
from tests.unit import facts
from tests.unit.proof_world import RUNNING, WAITING, Cluster, Kubelets, Object, message, told
from tests.unit.proofs import NODES, World, cards

ATTACHMENT: Object = {"spec": {"config": '{"type": "bridge", "bridge": "br-1928"}'}}


@pytest.fixture
def kubelets() -> Kubelets:
    lab = facts.lab()
    return Kubelets(World(way=path(lab, lab.vlans[0])))


@pytest.fixture
def cluster(kubelets: Kubelets, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster(kubelets)
    monkeypatch.setattr(proving, "Pods", lambda **given: Pods(**given, pause=made.pass_time, clock=lambda: made.now))
    return made


def look(cluster: Cluster, **changes: Any) -> Look:
    lab = facts.lab(**changes)
    there = facts.cluster(attachments={("blue", "vlan-1928"): ATTACHMENT})
    trunk = Trunk(port_group="Trunk", hosts=("goat-1", "goat-2"))
    return Look(cluster=cluster, facts=there, lab=lab, nodes=NODES, trunk=trunk, notes=())  # type: ignore[arg-type]


def run(cluster: Cluster, asked: Asked | None = None, **changes: Any) -> Any:
    return prove(look(cluster, **changes), asked or Asked(), lambda _: None)


def test_where_all_arrives_four_kinds_of_pods_have_been_there_and_none_is_left(cluster: Cluster) -> None:
    result = run(cluster)
    assert (result.outcome, result.exit_code) == (Outcome.ARRIVES, 0)
    assert [item.reach for item in result.vlans] == [Reach.MACHINES]
    assert [name.split("-", 4)[4] for name in cluster.made] == [
        *("cards-a", "cards-b", "watch-a", "watch-b", "vlan-1928-a", "vlan-1928-b")
    ]
    assert cluster.pods == {}


def test_a_vlan_that_no_namespace_has_is_proved_between_cards(cluster: Cluster) -> None:
    result = run(cluster, vlans=[{"id": 1928, "name": "pxe"}])
    assert [(item.reach, item.attachment, item.outcome) for item in result.vlans] == [
        (Reach.CARDS, "", Outcome.ARRIVES)
    ]
    assert not any("vlan" in name for name in cluster.made)


def test_what_the_cards_do_not_hear_is_not_tried_between_machines(cluster: Cluster, kubelets: Kubelets) -> None:
    kubelets.cards = lambda side: message(cards(kubelets.world.way, side, seen={}), trouble="")
    result = run(cluster)
    assert result.exit_code == 1
    (item,) = result.vlans
    assert [drop.layer for drop in item.drops] == [Kind.PHYSICAL_TRUNK]
    assert not any("vlan" in name for name in cluster.made)
    assert cluster.pods == {}


def test_pods_that_missed_each_other_are_made_once_more_and_then_nothing_is_known(
    cluster: Cluster, kubelets: Kubelets
) -> None:
    def late(side: int) -> str:
        return message(
            cards(kubelets.world.way, side, seen={}, began=side * 100.0, ended=side * 100 + 15.0), trouble=""
        )

    kubelets.cards = late
    with pytest.raises(LabError, match="did not run at the same time"):
        run(cluster)
    assert [name.split("-", 4)[4] for name in cluster.made] == ["cards-a", "cards-b"] * 2
    assert cluster.pods == {}


def test_who_has_heard_all_stays_for_long_enough_to_count() -> None:
    assert batch.TOGETHER < LINGER_SECONDS


def test_what_a_node_lacks_is_known_also_of_pods_that_missed_each_other(cluster: Cluster, kubelets: Kubelets) -> None:
    gone = {"ens224": ("up", ""), "ens224.1928": ("missing", ""), "br-1928": ("up", "")}

    def late(side: int) -> str:
        report = cards(kubelets.world.way, side, seen={}, links=gone, began=side * 100.0, ended=side * 100 + 15.0)
        return message(report, trouble="")

    kubelets.cards = late
    (item,) = run(cluster).vlans
    assert [drop.layer for drop in item.drops] == [Kind.VLAN_INTERFACE] * 2
    assert [way.drop.node for way in item.directions if way.drop] == [*NODES]


def test_watchers_without_machines_are_not_waited_for(cluster: Cluster, kubelets: Kubelets) -> None:
    """They would wait for as long as they may."""
    kubelets.machines = lambda *_: {"phase": "Failed", "reason": "OutOfpods"}
    kubelets.watchers = lambda _: pytest.fail("one was read")
    tells = cluster.tells
    cluster.tells = lambda pod: RUNNING if "-watch-" in pod["metadata"]["name"] else tells(pod)
    assert "OutOfpods" in run(cluster).vlans[0].why


def test_a_missing_attachment_is_named_and_no_machine_made(cluster: Cluster) -> None:
    nowhere = replace(look(cluster), facts=facts.cluster())
    result = prove(nowhere, Asked(), lambda _: None)
    assert [drop.layer for drop in result.vlans[0].drops] == [Kind.NAD]
    assert not any("vlan" in name for name in cluster.made)


def test_what_the_cni_plugin_says_is_the_attachments_layer(cluster: Cluster, kubelets: Kubelets) -> None:
    """The kubelet tries again, so that its first words are not the last."""
    kubelets.machines = lambda side, pod: WAITING if side else told(kubelets.machine(side, pod))

    def refuse(name: str) -> Object:
        about = {"uid": f"uid-{name}"}
        words = "plugin type bridge failed (add): no such thing"
        return {
            "namespace": "blue",
            "involvedObject": about,
            "reason": "FailedCreatePodSandBox",
            "message": words,
            "type": "Warning",
        }

    apply = cluster.apply

    def made(kind: Any, item: Object) -> Object:
        cluster.events.append(refuse(item["metadata"]["name"]))
        return apply(kind, item)

    cluster.apply = made  # type: ignore[method-assign]
    result = run(cluster)
    (drop,) = result.vlans[0].drops
    assert (drop.layer, drop.node) == (Kind.NAD, NODES[1])
    assert "plugin type bridge failed (add): no such thing" in drop.told
    assert cluster.now > 10
    assert cluster.pods == {}


def test_a_pod_that_never_begins_is_told_with_what_it_waits_for(cluster: Cluster) -> None:
    cluster.tells = lambda _: {"phase": "Pending"}
    with pytest.raises(LabError, match=r"did not begin within 20 seconds: no kubelet has begun it"):
        run(cluster, Asked(patience=20))
    assert cluster.pods == {}


def test_a_machine_that_never_begins_leaves_its_vlan_untried(cluster: Cluster, kubelets: Kubelets) -> None:
    kubelets.machines = lambda side, pod: WAITING if side else told(kubelets.machine(side, pod))
    result = run(cluster)
    assert (result.outcome, result.exit_code) == (Outcome.NOT_TRIED, 2)
    assert f"the pod on node {NODES[1]}: it did not begin within 180 seconds" in result.vlans[0].why


@pytest.mark.parametrize("name", ["cards", "watch"])
def test_a_cluster_that_admits_no_such_pods_ends_it_with_the_right_that_is_missing(cluster: Cluster, name: str) -> None:
    cluster.refuses = name
    with pytest.raises(LabError, match=r"unable to validate\. Whoever runs this must be allowed .* `privileged`"):
        run(cluster)
    assert cluster.pods == {}


def test_a_namespace_that_admits_no_such_pods_leaves_its_vlan_untried(cluster: Cluster) -> None:
    cluster.refuses = "vlan"
    result = run(cluster)
    assert "`privileged`" in result.vlans[0].why
    assert result.exit_code == 2
    assert cluster.pods == {}


def test_another_refusal_is_told_as_it_is(cluster: Cluster) -> None:
    cluster.refuses, cluster.status = "vlan", 404
    assert run(cluster).vlans[0].why == "the API server refused it: unable to validate."


def test_a_watcher_that_had_gone_before_a_machine_began_is_no_witness(cluster: Cluster, kubelets: Kubelets) -> None:
    """It is tried once more, and then nothing is known."""
    late = {"began": 28.5, "ended": 48.5, "heard": frozenset()}
    kubelets.machines = lambda side, pod: told(kubelets.machine(side, pod, **(late if side else {"ended": 40.0})))
    with pytest.raises(LabError, match="did not run at the same time"):
        run(cluster)
    assert cluster.pods == {}


def test_an_image_without_python_ends_it_in_its_own_words(cluster: Cluster, kubelets: Kubelets) -> None:
    kubelets.cards = lambda _: '{"error": "the image has no Python 3"}'
    with pytest.raises(LabError, match=f"node {NODES[0]}: the image has no Python 3"):
        run(cluster)


def test_another_address_than_the_one_that_was_asked_for_is_no_verdict(cluster: Cluster, kubelets: Kubelets) -> None:
    kubelets.machines = lambda side, _: told(
        message(kubelets.world.machines()[side], address="02:ff", heard=frozenset())
    )
    assert "its card has address 02:ff" in run(cluster).vlans[0].why


def test_ctrl_c_takes_the_pods_away_first(cluster: Cluster) -> None:
    def first(_pod: Object) -> Object:
        cluster.tells = lambda _: {}
        raise KeyboardInterrupt

    cluster.tells = first
    with pytest.raises(KeyboardInterrupt):
        run(cluster)
    assert cluster.made
    assert cluster.pods == {}


def test_pods_that_do_not_go_are_named_with_the_command_that_deletes_them(cluster: Cluster) -> None:
    cluster.lingers = 1000
    with pytest.raises(LabError, match=r"still there after 60 seconds: .*oc delete pod -A -l cnv-lab/prove=") as told_:
        run(cluster)
    assert "cards-a" in str(told_.value)


def test_an_error_is_not_hidden_by_pods_that_do_not_go(cluster: Cluster) -> None:
    cluster.lingers = 1000
    lines: list[str] = []
    made = Run(stack="cnv-lab.t", token="12", image="", nodes=NODES)  # noqa: S106
    pods = Pods(
        cluster=cluster,  # type: ignore[arg-type]
        run=made,
        patience=1,
        report=lines.append,
        pause=cluster.pass_time,
        clock=lambda: cluster.now,
    )
    cluster.pods["blue", "x"] = {"metadata": {"namespace": "blue", "name": "x", "labels": {RUN_LABEL: "12"}}}
    cluster.tells = lambda _: {}
    with pytest.raises(LabError, match="the reason"), cleaning(pods):
        raise LabError("the reason")
    assert any("oc delete pod" in line for line in lines)


def test_what_an_earlier_run_of_the_stack_left_goes_first(cluster: Cluster) -> None:
    old = {"cnv-lab/stack": "cnv-lab.t", RUN_LABEL: "old"}
    others = [{"cnv-lab/stack": "cnv-lab.t"}, {"cnv-lab/stack": "cnv-lab.other", RUN_LABEL: "now"}]
    for number, labels in enumerate([old, *others]):
        item = {"metadata": {"namespace": "green", "name": f"p{number}", "labels": labels}, "spec": {}}
        cluster.pods["green", f"p{number}"] = {**item, "spec": {"nodeName": NODES[0]}}
    tells = cluster.tells
    cluster.tells = lambda pod: {} if pod["metadata"]["namespace"] == "green" else tells(pod)
    run(cluster)
    assert sorted(name for _, name in cluster.pods) == ["p1", "p2"]


def test_many_vlans_are_tried_ten_at_a_time(cluster: Cluster, kubelets: Kubelets) -> None:
    vlans = [{"id": 100 + number, "name": f"v{number}"} for number in range(25)]
    kubelets.cards = lambda _: '{"error": "enough"}'
    looks: list[int] = []

    def tell(pod: Object) -> Object:
        wanted = json.loads(pod["spec"]["containers"][0]["command"][-1])["vlans"]
        looks.append(len(wanted))
        of = kubelets.world.way
        seen = {int(vlan): {("n" + str(1 - side), "nic", "<", vlan) for side in SIDES} for vlan in wanted}
        names = {"ens224": ("up", "")}
        for vlan in wanted:
            names |= {f"ens224.{vlan}": ("up", f"br-{vlan}"), f"br-{vlan}": ("up", "")}
        return told(message(cards(of, 0, links=names, seen=seen), trouble=""))

    cluster.tells = tell
    result = run(cluster, vlans=vlans)
    assert len(result.vlans) == 25
    assert result.outcome is Outcome.ARRIVES
    assert set(looks) == {10, 5}


def test_the_image_is_that_of_oc_debug(cluster: Cluster) -> None:
    assert "support-tools" in tools(cluster)  # type: ignore[arg-type]
    cluster.image = {"image": {"dockerImageReference": "quay.io/release@sha256:1"}}
    assert tools(cluster) == "quay.io/release@sha256:1"  # type: ignore[arg-type]
