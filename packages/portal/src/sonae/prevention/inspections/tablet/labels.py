from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.prevention.inspections.tablet.vocabulary import TabletRefusal

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    TabletRefusal: {
        TabletRefusal.ANOTHER_ACCOUNT: _(
            "This was recorded by another person. It is received when they sign in on the device."
        ),
    },
}
