from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.notifications.vocabulary import Channel, HookEvent, MessageState, NotificationRefusal, OutcomeKind

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Channel: {
        Channel.MAIL: _("E-mail"),
        Channel.WEBHOOK: _("Webhook"),
    },
    MessageState: {
        MessageState.WAITING: _("Waiting"),
        MessageState.SENT: _("Sent"),
        MessageState.DEAD: _("Given up"),
    },
    OutcomeKind: {
        OutcomeKind.DELIVERED: _("Delivered"),
        OutcomeKind.REFUSED: _("Refused for good"),
        OutcomeKind.FAILED: _("Failed for now"),
        OutcomeKind.ROUTE_DOWN: _("The way out is down"),
    },
    HookEvent: {
        HookEvent.TRIAL: _("Trial call"),
    },
    NotificationRefusal: {
        NotificationRefusal.NOT_DEAD: _("Only a message that was given up can be sent again. This one is: %(state)s."),
        NotificationRefusal.ADDRESS_NOT_HTTPS: _("The address of a webhook begins with https://."),
        NotificationRefusal.ADDRESS_MALFORMED: _(
            "This is not an address that can be called. It needs a host name, and no user name, blank or fragment."
        ),
        NotificationRefusal.ADDRESS_IS_PRIVATE: _(
            "This address lies inside a private network. Webhooks reach only addresses on the internet."
        ),
        NotificationRefusal.ENDPOINT_CLOSED: _("This webhook was closed. Please register it anew."),
        NotificationRefusal.ENDPOINT_EXISTS: _("This address is registered already."),
    },
}
