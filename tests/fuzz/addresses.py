"""Calls from many addresses of 127.0.0.0/8, because the API's limits by address can't be turned off."""

import itertools
from ipaddress import IPv4Address

import requests.sessions
from requests.adapters import HTTPAdapter


class ChangingAddress(HTTPAdapter):
    """Uses the next address of `network` after every `calls` calls."""

    def __init__(self, network: str, calls: int) -> None:
        self.addresses = itertools.count(int(IPv4Address(network)) + 1)
        self.calls = calls
        self.sent = 0
        super().__init__()

    def send(self, request, *args, **kwargs):
        if self.sent % self.calls == 0:
            self.poolmanager.clear()
            self.init_poolmanager(1, 1, source_address=(str(IPv4Address(next(self.addresses))), 0))
        self.sent += 1
        return super().send(request, *args, **kwargs)


def session(network: str, calls: int) -> requests.Session:
    """A session that calls from the addresses of `network`."""
    session = requests.Session()
    session.mount("http://", ChangingAddress(network, calls))
    return session


def change_everywhere(network: str, calls: int) -> None:
    """Makes all new sessions share such addresses. Schemathesis makes its own sessions, which hooks can't reach."""
    adapter = ChangingAddress(network, calls)
    requests.sessions.HTTPAdapter = lambda *args, **kwargs: adapter
