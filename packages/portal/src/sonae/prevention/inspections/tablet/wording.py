"""The sentences that the tablet's scripts fill in, in the reader's language."""

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Each sentence by the name under which the scripts ask for it; holes are written {like} this."""
    return _of_rows() | _of_what_to_do() | _of_signing() | _of_sending() | _of_the_device()


def _of_rows() -> dict[str, str]:
    return {
        "no_self_answer": _("The institution has not answered this row."),
        "as_of": _("As of {at}"),
        "evidence_until": _("{text} (until {day})"),
        "nothing": _("Nothing written"),
        "finding_wanted": _(
            "This row is not met. Before the visit is closed, please write a finding with advice, or in the note why "
            "there is none."
        ),
        "recorded_by": _("Recorded by {name}, {at}"),
        "state_open": _("Not observed yet"),
        "state_waiting": _("Saved on this device, not sent yet"),
        "state_doubtful": _("Being sent"),
        "state_merged": _("In the portal"),
        "state_conflict": _("Recorded differently by someone else"),
        "state_decided": _("Decided, not sent yet"),
        "state_refused": _("Could not be taken over"),
        "photo_kept": _("The photo is saved on this device."),
        "photo_unreadable": _("“{name}” could not be read as a picture."),
        "photos_sent": _("Photos in the portal: {count}"),
        "not_saved": _("This device could not save the last change. Please free some storage and try again."),
    }


def _of_what_to_do() -> dict[str, str]:
    """For each state of a row: what happened, when, and what to do now."""
    return {
        "do_open": _("Nothing is recorded yet. Please choose what you see."),
        "do_waiting": _(
            "Recorded on this device on {at}. It is sent by itself as soon as there is a connection; you need not do "
            "anything."
        ),
        "do_doubtful": _(
            "Recorded on this device on {at}. Sending has begun, and the portal has not confirmed it yet. It is sent "
            "again by itself and counts once; you need not do anything."
        ),
        "do_merged": _("The portal has this record. You need not do anything."),
        "do_conflict": _(
            "Recorded on this device on {at}, and differently by someone else meanwhile. Nothing is lost. Please "
            "compare both and choose the one that stands."
        ),
        "do_conflict_elsewhere": _(
            "Recorded differently by two devices. Nothing is lost. Please compare both and choose the one that stands."
        ),
        "do_decided": _(
            "You chose on {at}. The choice is sent by itself as soon as there is a connection; you need not do "
            "anything."
        ),
        "do_refused": _(
            "Recorded on this device on {at}. The portal did not take it; the reason stands below. Please correct the "
            "row: the corrected record is sent by itself."
        ),
    }


def _of_signing() -> dict[str, str]:
    return {
        "side_inspector": _("Signature of the inspector"),
        "side_institution": _("Signature of the institution"),
        "name_missing": _("Please enter the name of whoever signs."),
        "signed": _("The signature is saved on this device."),
        "signed_by": _("Signed by {name}, {at}"),
        "signature_waiting": _(
            "The signature is saved on this device and not sent yet. It is sent by itself after the records; you need "
            "not do anything."
        ),
        "signature_sent": _("The portal has the signature. You need not do anything."),
        "signature_void": _("The records changed after this was signed. Please sign again."),
    }


def _of_sending() -> dict[str, str]:
    return {
        "unsent": _("Not sent yet: {count}"),
        "all_sent": _("Everything is sent"),
        "overdue": _("Not sent for more than {days} days: {count}. Send it, or remove this visit from this device."),
        "unsent_elsewhere": _("Not sent yet, of other visits: {count}"),
        "offline_since": _(
            "No connection since {at}. You can go on recording: everything stays on this device and is sent by itself "
            "when there is a connection."
        ),
        "last_sync": _("Last matched with the portal {at}"),
        "never_synced": _("Not matched with the portal yet"),
        "synced": _("This device and the portal hold the same."),
        "not_synced": _("The portal could not be reached. Nothing is lost; it is sent later."),
        "conflicts": _(
            "Rows recorded differently by someone else: {count}. Please choose in each of them which record stands."
        ),
        "sign_in_again": _("Your session has ended. Please sign in again; what you recorded is still here."),
        "other_account": _("Another person is signed in on this device. Your records wait until you sign in again."),
        "visit_gone": _(
            "This visit is not open to you any more. The institution’s answers were removed from this device. If you "
            "still take part, please ask whoever plans the visits."
        ),
        "visit_closed": _(
            "This visit was closed before everything was sent. What is not sent stays on this device and does not "
            "count. Please tell whoever closed the visit what is missing, then remove the visit from this device."
        ),
        "not_understood": _(
            "The portal did not take what was sent: {reason} What you recorded stays on this device. Please press "
            "“Send now” again; if it is not taken again, please tell whoever runs the portal."
        ),
        "not_taken": _("The portal cannot take this as it is. Please write it again, shorter or in other characters."),
        "finished": _("Everything is sent and the visit is closed. It was removed from this device."),
    }


def _of_the_device() -> dict[str, str]:
    return {
        "sonae": _("Sonae"),
        "comma": _(", "),
        "visit_of": _("{name}, {day}"),
        "visit_unknown": _("A visit whose papers are no longer on this device"),
        "team": _("Team: {names}"),
        "rows_before": _("At the beginning"),
        "not_asked": _("Rows that are not asked after the institution’s other answers: {count}"),
        "progress": _("Rows observed: {done} of {all}"),
        "fetched": _("Fetched {at}. Without a connection it is removed from this device after {days} days."),
        "missing": _("This visit is not on this device. Connect to the network and open this page again."),
        "missing_unsent": _(
            "The institution’s answers are no longer on this device. Your own records wait to be sent: {count}"
        ),
        "not_able": _("This browser cannot keep a visit without network. Please record it on the ordinary pages."),
        "locked": _(
            "Somebody has signed in on this device since this page was fetched. "
            "Connect to the network and open it again."
        ),
        "wipe_question": _("Remove all visits from this device? Everything has been sent."),
        "wipe_unsent": _("Not sent yet: {count}. If you go on, this is lost. Remove it from this device all the same?"),
    }
