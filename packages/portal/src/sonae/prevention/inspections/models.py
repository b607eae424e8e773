from sonae.prevention.inspections.visits.models import (
    Correction,
    CorrectionTurn,
    RowEntry,
    Visit,
    VisitMember,
    VisitPhoto,
    VisitSignature,
    VisitTurn,
)

__all__ = [
    "Correction",
    "CorrectionTurn",
    "RowEntry",
    "Visit",
    "VisitMember",
    "VisitPhoto",
    "VisitSignature",
    "VisitTurn",
]
