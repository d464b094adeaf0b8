"""What is counted of messages, of the cache and of Cassandra."""

from prometheus_client import Counter, Histogram

from chatsystem import outages
from chatsystem.metrics import outcomes

SENDS = outcomes("chat_sends_total", "Sends whose body had the right shape.")
PAGE_READS = outcomes("chat_page_reads_total", "Reads of a page of messages.")
PAGES = Counter("chat_pages_total", "Pages of messages that were read, by where from.", ["source"])
CACHE_LOOKUPS = Counter("chat_cache_lookups_total", "Looks for a page in the cache.", ["result"])
CQL_REQUESTS = Counter("chat_cql_requests_total", "Requests sent to Cassandra.", ["query"])
CQL_SECONDS = Histogram(
    "chat_cql_request_seconds",
    "Time from a request to Cassandra until its answer was taken.",
    ["query"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
CQL_OUTAGES = Counter("chat_cql_outages_total", "Requests to Cassandra that it could not do.", ["query"])

for _source in ("cache", "cassandra"):
    PAGES.labels(_source)
for _result in ("hit", "miss", "unavailable"):
    CACHE_LOOKUPS.labels(_result)


def observe_cql(event: str, name: str, seconds: float) -> None:
    """Count what the store tells its observers."""
    match event:
        case "sent":
            CQL_REQUESTS.labels(name).inc()
        case "answered":
            CQL_SECONDS.labels(name).observe(seconds)
            outages.ended("cassandra")
        case "failed":
            CQL_OUTAGES.labels(name).inc()
            outages.noticed("cassandra")
