"""What a sandbox remembers of itself: its name, its record, its ports, its certificates."""

from __future__ import annotations

import os
import random
import socket
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from sandbox import certificates, cluster, ports
from sandbox.errors import Refusal
from sandbox.instance import Instance, Record
from sandbox.processes import Process

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Instance.of("lab")


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


# Names and records


@pytest.mark.parametrize("name", ["lab", "a", "0", "lab-2", "a" * 31])
def test_a_name_is_a_folder_in_the_users_state(instance: Instance, name: str) -> None:
    assert Instance.of(name).folder == instance.folder.parent / name


@pytest.mark.parametrize("name", ["", "Lab", "-lab", "..", "a/b", "a b", "lab\n", "a" * 32, "lab_2", "ü"])
def test_a_name_that_cannot_be_a_folders_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="can't name a sandbox: lower-case letters, digits and dashes, at most 31"):
        Instance.of(name)


def test_no_instance_is_made_by_asking(instance: Instance) -> None:
    assert instance.load().processes == {}
    assert not instance.folder.parent.exists()


def test_a_record_comes_back_as_it_was_saved(instance: Instance) -> None:
    process = Process(pid=4711, started=1764043858)
    record = Record(ports={"etcd": 20001}, processes={"etcd": process}, password="p", passphrase="q")  # noqa: S106
    instance.save(record)
    assert instance.load() == record
    assert instance.load().processes["etcd"] == process


def test_each_instance_has_logins_of_its_own(instance: Instance) -> None:
    first, second = Record(), Record()
    assert len({first.password, first.passphrase, second.password, second.passphrase}) == 4


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_holds_a_login_is_for_its_user_only(instance: Instance, umask: int) -> None:
    before = os.umask(umask)
    try:
        instance.save(Record(ports={"kube-apiserver": 20002, "api-faults": 20003}))
        instance.certificates.mkdir()
        for name in ("ca.crt", "admin.crt", "admin.key"):
            (instance.certificates / name).touch()
        cluster.write_kubeconfigs(instance, instance.load())
    finally:
        os.umask(before)
    assert mode(instance.folder) == "0o700"
    assert mode(instance.folder / "instance.json") == mode(instance.kubeconfig) == "0o600"
    assert mode(instance.faulty_kubeconfig) == "0o600"


def test_a_record_is_whole_also_when_writing_it_is_interrupted(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was started must be found by `down`."""
    instance.save(Record(ports={"etcd": 20001}))

    def interrupted(_path: Path, _target: Path) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        instance.save(Record(ports={"etcd": 20002}))
    assert instance.load().ports == {"etcd": 20001}


# Ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free() -> int:
    return ports.choose(["any"], {})["any"]


def test_a_remembered_port_is_kept(free: int) -> None:
    assert ports.choose(["etcd", "vcenter"], {"etcd": free})["etcd"] == free


def test_a_remembered_port_that_somebody_took_is_replaced(taken: int) -> None:
    chosen = ports.choose(["etcd"], {"etcd": taken})["etcd"]
    assert chosen != taken
    assert ports.LOWEST <= chosen <= ports.HIGHEST


def test_no_port_is_given_twice(free: int) -> None:
    names = [f"part-{number}" for number in range(50)]
    chosen = ports.choose(names, dict.fromkeys(names, free))
    assert list(chosen) == names
    assert len(set(chosen.values())) == len(names)


def test_a_port_that_another_part_remembers_is_left_to_it(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([free, free + 1, free + 2, free + 3])
    monkeypatch.setattr(random, "randint", lambda _low, _high: next(drawn))
    monkeypatch.setattr(ports, "_is_free", lambda _port: True)
    assert ports.choose(["new", "etcd"], {"etcd": free}) == {"new": free + 1, "etcd": free}


def test_a_port_answers_while_something_listens(taken: int, free: int) -> None:
    assert ports.answers(taken)
    assert not ports.answers(free)


# Certificates


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox") / "pki"
    certificates.make(folder)
    return folder


def openssl(*words: str, folder: Path) -> str:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_certificates_are_made_once(pki: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubeconfig that was copied stays good."""
    monkeypatch.setattr(certificates, "_openssl", lambda *_: pytest.fail("made again"))
    certificates.make(pki)


def test_certificates_that_were_interrupted_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(certificates, "_openssl", lambda _folder, command, *_: asked.append(command))
    (tmp_path / "ca.key").touch()
    certificates.make(tmp_path)
    assert any("-out ca.key" in command for command in asked)


def test_the_webhook_server_finds_its_names_in_a_folder_of_their_own(pki: Path) -> None:
    assert {"tls.crt", "tls.key"} <= {path.name for path in (pki / "webhook").iterdir()}


@pytest.mark.parametrize(
    ("name", "purpose", "subject"),
    [
        ("apiserver.crt", "sslserver", "CN=kube-apiserver"),
        ("webhook/tls.crt", "sslserver", "CN=machine-api-webhooks"),
        ("admin.crt", "sslclient", "O=system:masters"),
    ],
)
def test_every_certificate_is_the_authoritys_and_good_for_its_purpose(
    pki: Path, name: str, purpose: str, subject: str
) -> None:
    assert openssl("verify", "-CAfile", "ca.crt", "-purpose", purpose, name, folder=pki) == f"{name}: OK\n"
    told = openssl(
        "x509", "-in", name, "-noout", "-subject", "-nameopt", "RFC2253", "-ext", "subjectAltName", folder=pki
    )
    assert subject in told
    assert ("IP Address:127.0.0.1" in told) == (purpose == "sslserver")


def test_keys_are_for_their_user_only(pki: Path) -> None:
    assert mode(pki) == "0o700"
    assert {mode(path) for path in pki.rglob("*.key")} == {"0o600"}


def test_an_openssl_that_fails_or_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refusal, match=r"(?s)openssl x509 -in nothing .*nothing"):
        certificates._openssl(tmp_path, "x509 -in nothing")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="openssl is missing: apt-get install openssl"):
        certificates.make(tmp_path / "pki")
