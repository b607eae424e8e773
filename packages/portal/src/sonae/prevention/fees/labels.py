from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.fees.vocabulary import Applies, FeesRefusal, Turn, Weight

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Weight: {
        Weight.REQUIRED: pgettext_lazy("fee standard", "Required"),
        Weight.DESIRABLE: pgettext_lazy("fee standard", "Desirable"),
        Weight.DEEMED_MET: pgettext_lazy("fee standard", "Counts as met for a time"),
        Weight.TO_BE_CONFIRMED: pgettext_lazy("fee standard", "To be confirmed"),
    },
    Applies: {
        Applies.YES: pgettext_lazy("fee standard", "Asked for"),
        Applies.NO: pgettext_lazy("fee standard", "Not asked for"),
        Applies.DEPENDS_ON_BEDS: pgettext_lazy("fee standard", "Depends on the number of beds"),
    },
    Turn: {
        Turn.BEGINS: pgettext_lazy("fee standard", "New"),
        Turn.ENDS: pgettext_lazy("fee standard", "No longer asked for"),
        Turn.WEIGHS_OTHERWISE: pgettext_lazy("fee standard", "Asked for otherwise"),
        Turn.STAYS: pgettext_lazy("fee standard", "Unchanged"),
    },
    FeesRefusal: {
        FeesRefusal.BEFORE_THE_FIRST_STANDARD: _(
            "The standards are known from %(first)s on. Please choose that day or a later one."
        ),
    },
}
