from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.site.jobs.vocabulary import JobRefusal, JobState, Loss

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
