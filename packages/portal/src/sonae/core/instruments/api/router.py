from ninja import Router

# One router for all parts: the API learns from it, and from none inside of it, which conditions its operations know.
router = Router(tags=["instruments"])
