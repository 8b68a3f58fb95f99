"""What schemathesis has to be told: JSON Lines are text, sent as it is."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return str(value).encode("utf-8", "replace")
