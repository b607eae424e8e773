"""What a problem page says for a status when nothing more exact is known: what happened, why, what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.accounts.vocabulary import Role


@dataclass(frozen=True, slots=True)
class StatusWords:
    title: str | Promise
    reason: str | Promise
    advice: str | Promise


STATUSES: dict[int, StatusWords] = {
    400: StatusWords(
        _("The request could not be understood"),
        _("The address or the form that was sent is incomplete or damaged."),
        _("Please go back, reload the page and try once more."),
    ),
    401: StatusWords(
        _("Please sign in"),
        _("This page is open to people who have signed in."),
        _("Please sign in and open the page again."),
    ),
    403: StatusWords(
        _("This is not allowed"),
        _("Your role does not include this."),
        _("If you need it for your work, please ask whoever gave you your role."),
    ),
    404: StatusWords(
        _("Not found"),
        _("This page does not exist, or it is not meant for your role."),
        _("Please check the address, or look for it from the home page."),
    ),
    405: StatusWords(
        _("This page cannot be used in this way"),
        _("The address accepts another kind of request."),
        _("Please go back and use the buttons of the page."),
    ),
    409: StatusWords(
        _("Someone else was faster"),
        _("What you wanted to change has been changed in the meantime."),
        _("Please go back, reload the page, look at the new state and decide again."),
    ),
    413: StatusWords(
        _("Too large"),
        _("What was sent is larger than this system accepts."),
        _("Please send a smaller file, or divide it into several."),
    ),
    422: StatusWords(
        _("Please correct what was sent"),
        _("What was sent does not fit what is expected."),
        _("Please go back, correct the points above and send it again. Nothing has been saved."),
    ),
    429: StatusWords(
        _("Too many attempts"),
        _("There were many requests from here within a short time."),
        _("Please wait a few minutes and try again."),
    ),
    500: StatusWords(
        _("Something went wrong"),
        _("An error inside the system kept it from completing your request. What you entered may not have been saved."),
        _("Please try again in a few minutes. If it happens again, tell the system operator the number below."),
    ),
    503: StatusWords(
        _("Not available at the moment"),
        _("The system is busy or under maintenance."),
        _("Please try again in a few minutes. Nothing you entered before has been lost."),
    ),
}


_GIVEN_BY_OFFICERS = (
    Role.INSPECTOR, Role.PREFECTURE_OFFICER, Role.SHARING_ANALYST, Role.RESPONDER, Role.OPERATOR, Role.AUDITOR,
)  # fmt: skip

# Whoever may give a role is who can be asked for one (core.access); nobody gives one to themselves.
_WHOM_TO_ASK: tuple[tuple[Role, str | Promise], ...] = (
    (
        Role.INSTITUTION_MANAGER,
        _("If you need it for your work, please ask the ministry officer who gave you your role, or another one."),
    ),
    (
        Role.MINISTRY_OFFICER,
        _("If you need it for your work, please ask another ministry officer: nobody gives a role to themselves."),
    ),
    *(
        (role, _("If you need it for your work, please ask a ministry officer: they give such roles."))
        for role in _GIVEN_BY_OFFICERS
    ),
    *(
        (role, _("If you need it for your work, please ask the manager of your institution."))
        for role in (Role.EXECUTIVE, Role.STAFF)
    ),
    (Role.VENDOR, _("If you need it for your work, please ask the system operator.")),
)


def whom_to_ask(roles: Iterable[Role]) -> str | Promise:
    """What somebody with these roles does who needs another one: whom they ask."""
    held = frozenset(roles)
    return next((advice for role, advice in _WHOM_TO_ASK if role in held), STATUSES[403].advice)


def words_for(status: int) -> StatusWords:
    """The words for a status; an unlisted one is spoken of as its family."""
    return STATUSES.get(status) or STATUSES[500 if status >= 500 else 400]
