from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.webhook_address import AddressRules, is_public

RULES = AddressRules()


def reasons(url: str, rules: AddressRules = RULES) -> list[str]:
    return [fault.reason for fault in rules.url_faults(url)]


@pytest.mark.parametrize("url", ["https://crm.example.com/hook?a=1", "https://8.8.8.8/", "https://x.example:8443/h"])
def test_a_public_host_over_tls_is_taken(url: str) -> None:
    assert reasons(url) == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://crm.example.com/", "url.scheme"),
        ("ftp://crm.example.com/", "url.scheme"),
        ("https://user:word@crm.example.com/", "url.credentials"),
        ("https://crm.example.com/#part", "url.fragment"),
        ("https://crm.example.com:22/", "url.port"),
        ("https://crm.example.com:99999/", "url.malformed"),
        ("https:///hook", "url.malformed"),
        ("https://crm.example.com\\@10.0.0.1/", "url.malformed"),
        ("https://crm.example.com/ x", "url.malformed"),
        ("https://①②⑦.⓪.⓪.①/", "url.malformed"),
        ("https://localhost/", "url.host"),
        ("https://printer.local/", "url.host"),
        ("https://metadata.google.internal/", "url.host"),
        ("https://collab/", "url.host"),
        ("https://collab.throughline.svc.cluster.local/", "url.host"),
        ("https://127.0.0.1/", "url.host"),
        ("https://127.1/", "url.host"),
        ("https://2130706433/", "url.host"),
        ("https://0x7f000001/", "url.host"),
        ("https://0x7f.0.0.1/", "url.host"),
        ("https://0177.0.0.1/", "url.host"),
        ("https://127.0.0.1./", "url.host"),
        ("https://10.1.2.3/", "url.host"),
        ("https://172.16.0.1/", "url.host"),
        ("https://192.168.1.1/", "url.host"),
        ("https://169.254.169.254/latest/meta-data", "url.host"),
        ("https://100.100.100.200/", "url.host"),
        ("https://0.0.0.0/", "url.host"),
        ("https://255.255.255.255/", "url.host"),
        ("https://224.0.0.1/", "url.host"),
        ("https://[::1]/", "url.host"),
        ("https://[::]/", "url.host"),
        ("https://[fe80::1]/", "url.host"),
        ("https://[fc00::1]/", "url.host"),
        ("https://[::ffff:127.0.0.1]/", "url.host"),
        ("https://[::ffff:8.8.8.8]/", "url.host"),
        ("https://[64:ff9b::a00:1]/", "url.host"),
        ("https://[2002:7f00:1::]/", "url.host"),
    ],
)
def test_whatever_leads_inside_or_hides_where_it_leads_is_refused(url: str, reason: str) -> None:
    assert reason in reasons(url)


def test_every_fault_of_a_url_is_named() -> None:
    assert reasons("http://a:b@10.0.0.1:25/#x") == [
        "url.scheme",
        "url.credentials",
        "url.fragment",
        "url.port",
        "url.host",
    ]


def test_this_machine_is_reached_only_where_the_rules_say_so() -> None:
    allowing = AddressRules(allows_loopback=True)

    assert reasons("http://127.0.0.1:9000/hook", allowing) == []
    assert reasons("http://crm.example.com/", allowing) == ["url.scheme"]
    assert allowing.admits("127.0.0.1")
    assert not allowing.admits("10.0.0.1")
    assert not RULES.admits("127.0.0.1")


@given(st.ip_addresses(v=4))
def test_no_address_becomes_public_by_being_carried_in_another(address: object) -> None:
    number = int(ip_address(str(address)))
    carriers = [0xFFFF << 32 | number, number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]

    assert not any(is_public(ip_address(carrier.to_bytes(16, "big"))) for carrier in carriers)
