"""Where each message travels. Every request carries `Authorization: Bearer <token>`; every refusal is problem+json."""

from typing import Final

# GET ?cursor=&limit= -> IndicatorPage, with ETag; If-None-Match answers 304 while nothing is new.
INDICATORS: Final = "/api/v1/collector/indicators"
# POST SightingBatch with Idempotency-Key equal to its batch_id -> BatchReceipt; the same key answers the same receipt.
SIGHTINGS: Final = "/api/v1/collector/sightings"
# POST Heartbeat -> 204
HEARTBEAT: Final = "/api/v1/collector/heartbeat"

IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
PROBLEM_TYPE: Final = "application/problem+json"

PAGE_LIMIT: Final = 1_000
BATCH_LIMIT: Final = 500
BODY_LIMIT_BYTES: Final = 1_048_576
