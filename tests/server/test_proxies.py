"""Proxies are known by their addresses, whichever way those are written."""

import pytest

from server.proxies import client_address, is_among
from server.settings import SettingInvalid, Settings, load_settings


@pytest.mark.parametrize(
    ("address", "named", "is_one"),
    [
        ("127.0.0.1", "127.0.0.1,::1", True), ("::1", "127.0.0.1,::1", True), ("127.0.0.2", "127.0.0.1,::1", False),
        ("::ffff:127.0.0.1", "127.0.0.1", True), ("::ffff:203.0.113.1", "127.0.0.1", False),
        ("10.1.2.3", " 10.1.0.0/16 , 10.9.0.1", True), ("10.2.2.3", "10.1.0.0/16", False),
        ("2001:db8::7", "2001:db8::/64", True), ("10.1.2.3", "*", True), ("2001:db8::7", "*", True),
        ("", "*", False), ("unix:", "*", False), ("10.1.2.3", "", False),
    ],
)  # fmt: skip
def test_an_address_is_ours_or_not(address: str, named: str, is_one: bool) -> None:
    assert is_among(address, named) is is_one


def test_whoever_reaches_the_port_past_the_proxy_claims_nothing() -> None:
    usual, forged = Settings(trusted_proxies=1).proxy_addresses, ["198.51.100.1"]
    assert client_address("203.0.113.5", forged, proxies=1, named=usual) == "203.0.113.5"
    assert client_address("127.0.0.1", forged, proxies=1, named=usual) == forged[0]


@pytest.mark.parametrize("named", ["proxy.example", "10.1.0.1/16", "127.0.0.1;::1", "*,10.0.0.1"])
def test_what_is_no_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("XERODIARY_PROXY_ADDRESSES", named)
    with pytest.raises(SettingInvalid, match=r"XERODIARY_PROXY_ADDRESSES.*such as 10\.1\.0\.0/16"):
        load_settings()
