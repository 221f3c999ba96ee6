"""Where logins come from: the configuration first, then the environment; what is missing is told with both ways."""

from __future__ import annotations

import json

import pytest

from clients import credentials
from clients.credentials import VCenterAccess, split_endpoint
from clients.errors import LabError

CONFIG = {"vsphere:vsphereServer": "config.lab", "vsphere:user": "config-user", "vsphere:password": "config-secret"}
ENVIRON = {"VSPHERE_SERVER": "environ.lab", "VSPHERE_USER": "environ-user", "VSPHERE_PASSWORD": "environ-secret"}


def vcenter(config: dict[str, str], environ: dict[str, str], server: str | None = None) -> VCenterAccess:
    return credentials.vcenter(config.get, environ, server)


def refused(config: dict[str, str], environ: dict[str, str]) -> str:
    with pytest.raises(LabError) as error:
        vcenter(config, environ)
    return str(error.value)


def test_the_configuration_wins_over_the_environment() -> None:
    access = vcenter(CONFIG, ENVIRON)
    assert (access.host, access.user, access.password) == ("config.lab", "config-user", "config-secret")


def test_each_value_that_the_configuration_lacks_is_the_environments() -> None:
    access = vcenter({"vsphere:user": "config-user", "vsphere:password": ""}, ENVIRON)
    assert (access.host, access.user, access.password) == ("environ.lab", "config-user", "environ-secret")


def test_the_server_is_looked_for_in_four_places_in_order() -> None:
    """What the worker MachineSet names comes last: it may be a name that only the cluster can resolve."""
    section = {"cnv-lab:vcenter": json.dumps({"server": "section.lab"})}
    login = {key: value for key, value in ENVIRON.items() if key != "VSPHERE_SERVER"}
    assert vcenter({**CONFIG, **section}, ENVIRON, "worker.lab").host == "config.lab"
    assert vcenter(section, ENVIRON, "worker.lab").host == "environ.lab"
    assert vcenter(section, login, "worker.lab").host == "section.lab"
    assert vcenter({}, login, "worker.lab").host == "worker.lab"
    assert vcenter({"cnv-lab:vcenter": "{}"}, login, "worker.lab").host == "worker.lab"


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("vsphere:user", "vCenter's user is not set. Set VSPHERE_USER (or `pulumi config set vsphere:user`)."),
        (
            "vsphere:password",
            "vCenter's password is not set. Set VSPHERE_PASSWORD (or `pulumi config set --secret vsphere:password`).",
        ),
        (
            "vsphere:vsphereServer",
            "vCenter's server is not set. Set VSPHERE_SERVER (or `pulumi config set vsphere:vsphereServer`).",
        ),
    ],
)
def test_what_is_missing_is_named_with_both_ways_to_give_it(lost: str, told: str) -> None:
    assert refused({key: value for key, value in CONFIG.items() if key != lost}, {}) == told


def test_all_that_is_missing_is_named_at_once_and_what_is_there_is_not_shown() -> None:
    text = refused({}, {"VSPHERE_USER": "", "VSPHERE_PASSWORD": "s3cret"})
    assert "VSPHERE_USER" in text
    assert "VSPHERE_SERVER" in text
    assert "VSPHERE_PASSWORD" not in text
    assert "s3cret" not in text


def test_no_password_shows_where_a_login_is_printed() -> None:
    assert "config-secret" not in repr(vcenter(CONFIG, {}))
    kubeconfig = credentials.cluster({"kubernetes:kubeconfig": "token: s3cret"}.get, {})
    assert "s3cret" not in repr(kubeconfig)


@pytest.mark.parametrize(
    ("endpoint", "host", "port"),
    [("vc.lab", "vc.lab", 443), ("127.0.0.1:8989", "127.0.0.1", 8989), ("vc.lab:443", "vc.lab", 443)],
)
def test_an_endpoint_is_a_host_with_or_without_a_port(endpoint: str, host: str, port: int) -> None:
    assert split_endpoint(endpoint) == (host, port)
    access = vcenter({**CONFIG, "vsphere:vsphereServer": endpoint}, {})
    assert (access.host, access.port) == (host, port)
    assert access.endpoint == (host if port == 443 else endpoint), "as a person writes it"


@pytest.mark.parametrize(
    "endpoint", ["https://vc.lab", "https://vc.lab:443/sdk", "vc.lab/sdk", ":443", "vc.lab:https", "vc.lab:-1", "a:1:2"]
)
def test_an_endpoint_that_is_none_is_refused_as_it_was_written(endpoint: str) -> None:
    told = refused({**CONFIG, "vsphere:vsphereServer": endpoint}, {})
    assert repr(endpoint) in told
    assert "without https://" in told


@pytest.mark.parametrize("written", ["", "false", "0", "no", "tru"])
def test_certificates_are_verified_unless_it_is_plainly_said_not_to(written: str) -> None:
    assert vcenter(CONFIG, {}).verify_tls
    assert vcenter({**CONFIG, "vsphere:allowUnverifiedSsl": written}, {}).verify_tls
    assert vcenter(CONFIG, {"VSPHERE_ALLOW_UNVERIFIED_SSL": written}).verify_tls


@pytest.mark.parametrize("written", ["true", "True", "1"])
def test_certificates_are_not_verified_where_either_place_says_so(written: str) -> None:
    assert not vcenter({**CONFIG, "vsphere:allowUnverifiedSsl": written}, {}).verify_tls
    assert not vcenter(CONFIG, {"VSPHERE_ALLOW_UNVERIFIED_SSL": written}).verify_tls


def test_a_no_in_the_configuration_wins_over_a_yes_in_the_environment() -> None:
    config = {**CONFIG, "vsphere:allowUnverifiedSsl": "false"}
    assert vcenter(config, {"VSPHERE_ALLOW_UNVERIFIED_SSL": "true"}).verify_tls


def test_the_cluster_is_that_of_a_secret_kubeconfig_or_of_the_environment() -> None:
    section = {"cnv-lab:cluster": json.dumps({"infraId": "hub", "context": "admin"})}
    secret = credentials.cluster({**section, "kubernetes:kubeconfig": "{}"}.get, {"KUBECONFIG": "/k"})
    assert (secret.content, secret.context) == ("{}", "admin")
    plain = credentials.cluster(section.get, {"KUBECONFIG": "/k"})
    assert (plain.content, plain.path, plain.context) == (None, "/k", "admin")


@pytest.mark.parametrize("environ", [{}, {"KUBECONFIG": ""}])
def test_without_a_word_the_cluster_is_that_of_the_users_own_kubeconfig(environ: dict[str, str]) -> None:
    access = credentials.cluster(lambda _key: None, environ)
    assert (access.content, access.path, access.context) == (None, None, None)
