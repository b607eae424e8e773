from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.site.jobs.vocabulary import JobRefusal, JobState, Loss

# The tasks of all slices by the path under which the queue keeps them. A test holds that none is missing.
TASKS: dict[str, str | Promise] = {
    "sonae.core.audit.tasks.link_waiting_entries": _("Seal new audit entries to the chain"),
    "sonae.core.bulletins.tasks.tell_outstanding": _("Send bulletins whose sending was interrupted"),
    "sonae.core.bulletins.tasks.tell_recipients": _("Tell the recipients of a bulletin"),
    "sonae.core.documents.tasks.scan_waiting_documents": _("Scan documents for malware"),
    "sonae.core.documents.tasks.sweep_documents": _("Remove leftover files"),
    "sonae.core.duties.tasks.review_second_factors": _("Check for accounts without a second factor"),
    "sonae.core.duties.tasks.send_due_reminders": _("Remind of duties and escalate them"),
    "sonae.core.instruments.tasks.accept_many": _("Accept many responses"),
    "sonae.core.notifications.tasks.deliver_mails": _("Send the mails of the outbox"),
    "sonae.core.notifications.tasks.call_endpoints": _("Call the webhooks of the outbox"),
    "sonae.core.notifications.tasks.forget_old_messages": _("Remove old messages"),
    "sonae.prevention.assets.tasks.apply_import": _("Apply an import to a ledger"),
    "sonae.prevention.assets.tasks.expire_imports": _("Remove expired plans of ledger imports"),
    "sonae.prevention.assets.tasks.plan_import": _("Hold a file against a ledger"),
    "sonae.prevention.assets.tasks.undo_import": _("Take an import of a ledger back"),
    "sonae.prevention.advisories.tasks.carry_out_import": _("Read advisories in from a file"),
    "sonae.prevention.advisories.tasks.pull_due": _("Look for sources of advisories whose time has come"),
    "sonae.prevention.advisories.tasks.pull_source": _("Fetch advisories from a source"),
    "sonae.prevention.advisories.tasks.sweep_feeds": _("Remove leftover files with advisories"),
    "sonae.prevention.detection.tasks.watch_for_silence": _("Look for collectors that have fallen silent"),
    "sonae.prevention.exposure.tasks.hold_ledgers": _("Hold ledgers against advisories"),
    "sonae.prevention.surveys.results.tasks.count_edition": _("Count the result of a survey"),
    "sonae.prevention.surveys.results.tasks.recount_edition": _("Count a survey's edition again"),
    "sonae.prevention.fees.tasks.ask_for_reports": _("Ask institutions for the yearly report on backups"),
    "sonae.prevention.inspections.tasks.ask_for_checklists": _("Ask institutions for the checklist of the fiscal year"),
    "sonae.prevention.surveys.tasks.extend": _("Give many institutions more time for a survey"),
    "sonae.prevention.surveys.tasks.freeze": _("Write down whom a survey asks"),
    "sonae.prevention.surveys.tasks.invite": _("Tell the institutions that a survey asks"),
    "sonae.prevention.surveys.tasks.tend": _("Go on with surveys and their reminders"),
    "sonae.site.chain.verify_chain": _("Check the chain of the audit log"),
    "sonae.site.pages.institutions.tasks.carry_out_import": _("Import a list of institutions"),
    "sonae.site.pages.institutions.tasks.sweep_imports": _("Remove leftover lists"),
    "sonae.site.tasks.tidy": _("Remove expired sessions and finished jobs"),
}

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    JobState: {
        JobState.READY: _("Waiting"),
        JobState.RUNNING: _("Running"),
        JobState.FAILED: _("Failed"),
        JobState.SUCCESSFUL: _("Done"),
    },
    JobRefusal: {
        JobRefusal.ONLY_FAILED_AGAIN: _("Only a failed job can be run again. This one is: %(state)s."),
        JobRefusal.ONLY_WAITING_CANCELLED: _("Only a waiting job can be cancelled. This one is: %(state)s."),
    },
    Loss: {
        Loss.WORKER_LOST: _("Its worker stopped without a word, as often as is allowed."),
        Loss.CANCELLED: _("It was cancelled before it began."),
    },
}
