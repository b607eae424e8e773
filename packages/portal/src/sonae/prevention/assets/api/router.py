from ninja import Router

# One router for both parts: the API learns from it which conditions its operations know.
router = Router(tags=["assets"])
