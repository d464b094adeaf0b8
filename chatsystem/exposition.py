"""`/metrics`: for whoever has the token or asks from the right address. To others nothing is there."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django_prometheus.exports import ExportToDjangoView

from chatsystem import metrics_files, sql_metrics

# A request that carries one came by a proxy, so the address that we see is not the caller's.
OF_PROXIES = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO", "HTTP_VIA")


@csrf_exempt  # a POST must be a 404 too, as at any unknown address
def metrics(request: HttpRequest) -> HttpResponse:
    """Return all metrics of all workers, or what an unknown address answers."""
    if request.method not in {"GET", "HEAD"} or not (has_token(request) or has_address(request)):
        raise Http404
    with metrics_files.reading():
        answer: HttpResponse = ExportToDjangoView(request)
    answer.content += sql_metrics.exposition()
    return answer


def has_token(request: HttpRequest) -> bool:
    """Whether the request carries METRICS_TOKEN."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    offered, wanted = token.strip().encode(), settings.METRICS_TOKEN.encode()
    return bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(offered, wanted)


def has_address(request: HttpRequest) -> bool:
    """Whether the request comes straight from one of METRICS_ADDRESSES, as the connection itself says."""
    if any(header in request.META for header in OF_PROXIES):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a unix socket has none
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.METRICS_ADDRESSES)
