"""The verbs of the register. Who may use them is asked at the edges: grants are known only above this slice."""

from sonae.core.institutions.services.by_hand import (
    change_beds,
    merge_former_code,
    register_institution,
    rename_institution,
)
from sonae.core.institutions.services.code_list import carry_out_codes, import_codes
from sonae.core.institutions.services.imports import OVER, Progress, begin_import, cancel_import, refuse_import
from sonae.core.institutions.services.jurisdictions import ensure_jurisdictions
from sonae.core.institutions.services.networks import end_network, enter_network
from sonae.core.institutions.services.people import (
    add_contact,
    end_contact,
    end_vendor_link,
    link_vendor,
    register_vendor,
)
from sonae.core.institutions.services.register_list import carry_out_register, import_register
from sonae.core.institutions.services.sector import generate_synthetic_sector, synthetic_sector

__all__ = [
    "OVER",
    "Progress",
    "add_contact",
    "begin_import",
    "cancel_import",
    "carry_out_codes",
    "carry_out_register",
    "change_beds",
    "end_contact",
    "end_network",
    "end_vendor_link",
    "ensure_jurisdictions",
    "enter_network",
    "generate_synthetic_sector",
    "import_codes",
    "import_register",
    "link_vendor",
    "merge_former_code",
    "refuse_import",
    "register_institution",
    "register_vendor",
    "rename_institution",
    "synthetic_sector",
]
