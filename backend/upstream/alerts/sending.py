"""Sends a message to an address that an organization named, and to nothing inside the network Upstream runs in.

The host is resolved once. Every address it has must be public, and the connection goes to the one that was looked at,
so that no second answer of the name server counts; certificate, SNI and Host are the name's. Neither redirects
are followed nor proxies of the environment used.
"""

import socket
import threading
import time
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 10.0
MOST_READ = 64 * 1024

_NAT64 = IPv6Network("64:ff9b::/96")


class Unsent(Exception):
    """Why a message was not taken, in words that name nothing of the answer; status: the answer's, where there was one.

    for_good: trying again does not help.
    """

    def __init__(self, reason: str, *, status: int | None = None, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.status, self.for_good = reason, status, for_good


def checked_address(url: str) -> SplitResult:
    """The parts of an address that messages may go to. Raises ValueError with what is wrong."""
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\"):
        raise ValueError("An address holds letters, digits and marks of the ASCII alphabet alone.")
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise ValueError("This is no address: look at its host and port.") from error
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("The address must begin with https:// and a host's name.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("The address must hold no user name or password.")
    if port not in settings.ALERT_WEBHOOK_PORTS:
        raise ValueError("The address must be of port 443.")
    if parts.fragment:
        raise ValueError("The address must hold no #.")
    return parts


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the internet at large: neither of this machine, of a private network or a provider's
    own, nor one that stands for an IPv4 address that might be.
    """
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolved(host: str, port: int) -> str:
    """One address of a host, all of which are public. Raises Unsent."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unsent("The host's name was not found.") from error
    addresses = [str(place[0]).partition("%")[0] for *_, place in found]
    if not addresses or not all(is_public(ip_address(each)) for each in addresses):
        raise Unsent("The host's name leads to an address that is not public.", for_good=True)
    return addresses[0]


def send(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post `body`; returns the status of an answer that takes it (2xx). Raises Unsent."""
    try:
        parts = checked_address(url)
    except ValueError as error:
        raise Unsent(str(error), for_good=True) from error
    host, port = str(parts.hostname), parts.port or 443
    began = time.monotonic()
    connection = HTTPSConnection(
        resolved(host, port),
        port,
        timeout=CONNECT_SECONDS,
        cert_reqs="CERT_REQUIRED",
        server_hostname=host,
        assert_hostname=host,
    )
    # Each wait of the socket has its own end; what sends a byte now and then is ended by this.
    too_late = threading.Event()
    timer = threading.Timer(TOTAL_SECONDS, _end, [connection, too_late])
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        if connection.sock is not None:
            connection.sock.settimeout(max(0.1, TOTAL_SECONDS - (time.monotonic() - began)))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Host": parts.netloc, "User-Agent": "Upstream", "Accept-Encoding": "identity", **headers}
        connection.request("POST", path, body=body, headers=sent, preload_content=False, decode_content=False)
        response = connection.getresponse()
        # Read to let the other side finish, and no more than that: what it says counts for nothing.
        response.read(MOST_READ)
        status = int(response.status)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        if too_late.is_set() or isinstance(error, TimeoutError):
            raise Unsent("The answer did not come in time.") from error
        raise Unsent(f"The connection failed ({type(error).__name__}).") from error
    finally:
        timer.cancel()
        connection.close()
    if too_late.is_set():
        raise Unsent("The answer did not come in time.")
    if 300 <= status < 400:
        raise Unsent("The answer leads elsewhere, which is not followed.", status=status, for_good=True)
    if not 200 <= status < 300:
        raise Unsent(f"The answer was {status}.", status=status)
    return status


def _end(connection: HTTPSConnection, too_late: threading.Event) -> None:
    too_late.set()
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It was over just then.
            return
