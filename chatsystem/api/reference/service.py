"""What the reference says of health and of itself."""

from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.documentation import DocumentationViewSet
from chatsystem.api.health import HealthViewSet
from chatsystem.api.reference.endpoints import JSON, Example, describe, endpoint

TAG = "Service"
TAGS = [{"name": TAG, "description": "How it is, and what it offers. Open to everyone, and never limited."}]


class AliveSerializer(serializers.Serializer):
    """The old service's words."""

    Status = serializers.CharField()
    HeartBeat = serializers.CharField()
    Message = serializers.CharField()


class ReadinessSerializer(serializers.Serializer):
    """How the parts are."""

    status = serializers.ChoiceField(
        ["ready", "degraded"], help_text="`degraded`: slower, as a part is away that can be done without."
    )
    parts = serializers.DictField(
        child=serializers.CharField(), help_text="`ok`, or what is wrong, for `cassandra`, `sql` and `redis`."
    )


describe(
    HealthViewSet,
    alive=endpoint(
        name="isAlive",
        tag=TAG,
        summary="Whether the process answers",
        text="Asks no other part.",
        answer=AliveSerializer,
        examples=[
            Example(
                "alive",
                "It does",
                answer={"Status": "ALIVE", "HeartBeat": "HeartBeating & Functioning", "Message": "How Are you?!"},
            )
        ],
    ),
    ready=endpoint(
        name="isReady",
        tag=TAG,
        summary="Whether requests can be served",
        text="For load balancers. `errors` of a 503 names the parts that are away.",
        answer=ReadinessSerializer,
        refusals=[errors.NotReady],
        examples=[
            Example(
                "ready",
                "They can",
                answer={"status": "ready", "parts": {"cassandra": "ok", "sql": "ok", "redis": "ok"}},
            )
        ],
    ),
)

describe(
    DocumentationViewSet,
    document=endpoint(
        name="getReference",
        tag=TAG,
        summary="This reference, for programs",
        text="An OpenAPI 3.1 document.",
        answer={"type": "object", "required": ["openapi", "info", "paths"]},
        media_type=JSON,
    ),
    page=endpoint(
        name="readReference",
        tag=TAG,
        summary="This reference, for people",
        text="A page with Swagger UI, which can send requests too.",
        answer={"type": "string"},
        media_type="text/html",
    ),
)
