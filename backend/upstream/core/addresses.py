"""Where a request comes from, when proxies stand in front."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client: of the connection, or as the proxies of `TRUSTED_PROXIES` tell it.

    Each proxy writes into X-Forwarded-For, behind what it was sent, whom it was asked by: only what trusted ones wrote
    counts, the rest anybody can invent.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    trusted = settings.TRUSTED_PROXIES
    for number, before in enumerate(reversed(told)):
        if isinstance(trusted, int):
            through = number < trusted
        else:
            through = _is_address(address) and any(ip_address(address) in network for network in trusted)
        if not through or not _is_address(before):
            break
        address = before
    return address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
