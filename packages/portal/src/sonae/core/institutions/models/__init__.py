"""Tables of the register. Institutions are public to everyone who is signed in; contacts and vendor links are not."""

from sonae.core.institutions.models.histories import (
    BedCount,
    FormerName,
    InstitutionChange,
    InstitutionCode,
    RegisterRowQuerySet,
)
from sonae.core.institutions.models.networks import (
    OwnNetwork,
    OwnNetworkQuerySet,
)
from sonae.core.institutions.models.people import (
    Contact,
    ContactQuerySet,
    Vendor,
    VendorLink,
    VendorLinkQuerySet,
    VendorQuerySet,
)
from sonae.core.institutions.models.readings import (
    ImportProblem,
    ImportProblemQuerySet,
    ImportRun,
    ImportRunQuerySet,
)
from sonae.core.institutions.models.register import (
    Institution,
    InstitutionQuerySet,
    Jurisdiction,
    JurisdictionQuerySet,
    bed_band_condition,
)

__all__ = [
    "BedCount",
    "Contact",
    "ContactQuerySet",
    "FormerName",
    "ImportProblem",
    "ImportProblemQuerySet",
    "ImportRun",
    "ImportRunQuerySet",
    "Institution",
    "InstitutionChange",
    "InstitutionCode",
    "InstitutionQuerySet",
    "Jurisdiction",
    "JurisdictionQuerySet",
    "OwnNetwork",
    "OwnNetworkQuerySet",
    "RegisterRowQuerySet",
    "Vendor",
    "VendorLink",
    "VendorLinkQuerySet",
    "VendorQuerySet",
    "bed_band_condition",
]
