"""What runs by itself, and how often. A slice that needs a repeated job gets one line here."""

from datetime import timedelta

from sonae.core.audit import queries as audit
from sonae.core.audit import tasks as audit_tasks
from sonae.core.bulletins import tasks as bulletin_tasks
from sonae.core.documents import queries as documents
from sonae.core.documents import tasks as document_tasks
from sonae.core.duties import tasks as duty_tasks
from sonae.core.notifications import queries as notifications
from sonae.core.notifications import tasks as notification_tasks
from sonae.prevention.advisories import queries as advisories
from sonae.prevention.advisories import tasks as advisory_tasks
from sonae.prevention.assets import tasks as asset_tasks
from sonae.prevention.detection import tasks as detection_tasks
from sonae.prevention.exposure import queries as exposures
from sonae.prevention.exposure import tasks as exposure_tasks
from sonae.prevention.fees import tasks as fee_tasks
from sonae.prevention.fees import yearly as reports
from sonae.prevention.inspections import tasks as inspection_tasks
from sonae.prevention.inspections import yearly as checklists
from sonae.prevention.surveys import queries as surveys
from sonae.prevention.surveys import tasks as survey_tasks
from sonae.site import tasks
from sonae.site.jobs.vocabulary import Planned
from sonae.site.pages.institutions import tasks as institution_tasks

PLAN: tuple[Planned, ...] = (
    Planned("mails", notification_tasks.deliver_mails, timedelta(seconds=1), notifications.is_a_mail_due),
    Planned("webhooks", notification_tasks.call_endpoints, timedelta(seconds=1), notifications.is_a_call_due),
    Planned("audit-links", audit_tasks.link_waiting_entries, timedelta(minutes=1), audit.is_anything_waiting),
    Planned("bulletins", bulletin_tasks.tell_outstanding, timedelta(minutes=1)),
    Planned("reminders", duty_tasks.send_due_reminders, timedelta(minutes=1)),
    Planned("second-factors", duty_tasks.review_second_factors, timedelta(hours=1)),
    Planned("surveys", survey_tasks.tend, timedelta(minutes=1), surveys.is_anything_due),
    Planned("checklists", inspection_tasks.ask_for_checklists, timedelta(hours=1), checklists.DUTY.is_anyone_to_ask),
    Planned("yearly-reports", fee_tasks.ask_for_reports, timedelta(hours=1), reports.DUTY.is_anyone_to_ask),
    Planned("silent-collectors", detection_tasks.watch_for_silence, timedelta(minutes=5)),
    Planned("feeds", advisory_tasks.pull_due, timedelta(minutes=5), advisories.is_any_source_due),
    Planned("exposures", exposure_tasks.hold_ledgers, timedelta(minutes=1), exposures.is_anything_due),
    Planned("virus-scan", document_tasks.scan_waiting_documents, timedelta(minutes=5), documents.waits_for_scan),
    Planned("sweep-documents", document_tasks.sweep_documents, timedelta(hours=6)),
    Planned("sweep-imports", institution_tasks.sweep_imports, timedelta(hours=6)),
    Planned("ledger-imports", asset_tasks.expire_imports, timedelta(hours=6)),
    Planned("sweep-feeds", advisory_tasks.sweep_feeds, timedelta(hours=6)),
    Planned("forget-messages", notification_tasks.forget_old_messages, timedelta(hours=6)),
    Planned("tidy", tasks.tidy, timedelta(hours=1)),
)
