"""Mails: plain text in the recipient's language, through whatever MAILERS names."""

import smtplib
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.backends.django import DjangoTemplates
from django.utils.translation import override

from sonae.core.notifications import packing, rules
from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import Outcome, OutcomeKind

# A mail is plain text: nothing is escaped for HTML in it.
_templates = DjangoTemplates(
    {
        "NAME": "mail",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "autoescape": False,
            "builtins": ["django.templatetags.i18n", "sonae.core.notifications.plain_words"],
        },
    }
)


def template_path(name: str) -> str:
    """Where a template lies: "reminder" in this slice, "duties/reminder" in the slice `duties`."""
    slice_name, _, own = name.rpartition("/")
    return f"{slice_name or 'notifications'}/mail/{own}.txt"


def is_template(name: str) -> bool:
    """Whether a template of this name exists."""
    try:
        _templates.get_template(template_path(name))
    except TemplateDoesNotExist:
        return False
    return True


def written(template: str, *, context: dict[str, Any], language: str) -> tuple[str, str]:
    """Subject and body: the first line of the template and the rest, followed by the foot that every mail has."""
    facts = {**packing.unpacked(context, language=language), "base_url": settings.BASE_URL.rstrip("/")}
    if facts.get("path"):
        facts["link"] = facts["base_url"] + str(facts["path"])
    with override(language):
        text = _templates.get_template(template_path(template)).render(facts)
        foot = _templates.get_template("notifications/mail/foot.txt").render(facts)
    subject, _, body = text.strip().partition("\n")
    return rules.one_line(subject), f"{body.strip()}\n\n{foot.strip()}\n"


class Route:
    """The way to the mail server; its connection is opened with the first mail and kept for the next."""

    def __enter__(self) -> Self:
        self._connection: Any = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, message: Message) -> Outcome:
        """Hands one mail to the server; the outcome says what the server answered."""
        if message.account is not None and not message.account.is_active:
            return Outcome(OutcomeKind.REFUSED, "account closed")
        try:
            mail = _composed(message)
        except (TemplateDoesNotExist, TemplateSyntaxError, KeyError, TypeError, ValueError) as broken:
            return Outcome(OutcomeKind.REFUSED, f"template: {type(broken).__name__}")
        return self._hand_over(mail)

    def _hand_over(self, mail: EmailMessage) -> Outcome:
        try:
            if self._connection is None:
                connection = mailers.default
                connection.open()
                self._connection = connection
        except (OSError, smtplib.SMTPException) as down:
            return Outcome(OutcomeKind.ROUTE_DOWN, _code_of(down))
        try:
            self._connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            return Outcome(rules.mail_outcome(code), _code(code, words))
        except smtplib.SMTPSenderRefused as refused:
            # The server does not take us as a sender: no fault of this recipient.
            return Outcome(OutcomeKind.ROUTE_DOWN, _code_of(refused))
        except smtplib.SMTPDataError as refused:
            return Outcome(rules.mail_outcome(refused.smtp_code), _code_of(refused))
        except ValueError:
            return Outcome(OutcomeKind.REFUSED, "address malformed")
        except OSError as lost:
            # Timeouts and lost connections: the next mail gets a fresh connection.
            self._hang_up()
            return Outcome(OutcomeKind.FAILED, _code_of(lost))
        return Outcome(OutcomeKind.DELIVERED, "250")

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except OSError:
                return


def _composed(message: Message) -> EmailMessage:
    language = message.language or (message.account.language if message.account else settings.LANGUAGE_CODE)
    address = message.account.email if message.account else message.address
    subject, body = written(message.template, context=message.context, language=language)
    sender_domain = (
        settings.MAIL_FROM.rpartition("@")[2].strip("> ") or urlsplit(settings.BASE_URL).hostname or "localhost"
    )
    return EmailMessage(
        subject=subject,
        body=body,
        from_email=settings.MAIL_FROM,
        to=[address],
        headers={
            "Message-ID": rules.mail_id(message.pk, domain=sender_domain),
            "Date": format_datetime(message.queued_at),
            # RFC 3834: absence notes shall not answer to this.
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )


def _code_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _code(error.smtp_code, error.smtp_error)
    return type(error).__name__


def _code(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return rules.one_line(f"{code} {text}")[:200]
