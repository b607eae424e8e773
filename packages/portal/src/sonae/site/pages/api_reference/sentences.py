"""What the API says of itself in English, marked for the catalogue, where its Japanese stands.

The English has its place in the docstrings and schemas of the operations; a test holds that each is here too.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

ROOMS = {
    "me": _("Who asks"),
    "institutions": _("Institutions, contacts, imports"),
    "documents": _("Documents"),
    "messages": _("Outgoing messages"),
    "assurance": _("Controls and evidence"),
    "duties": _("Duties"),
    "bulletins": _("Bulletins"),
    "instruments": _("Surveys and checklists"),
    "surveys": _("National surveys"),
    "assets": _("Assets and connections"),
    "inspections": _("Inspections"),
    "indicators": _("Indicators"),
    "collector": _("For collectors"),
    "sightings": _("Sightings and collectors"),
    "incidents": _("Incidents"),
    "disclosures": _("Disclosures"),
    "audit": _("Audit log"),
    "jobs": _("Jobs"),
}

# By format, else by type.
KINDS = {
    "uuid": _("id (UUID)"),
    "date-time": _("moment"),
    "date": _("day"),
    "binary": _("file"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("true or false"),
    "array": _("list"),
    "string": _("text"),
}

# First sentences of operations, in the order of the document; then what follows some of them.
OPERATIONS = frozenset(
    {
        _("Every edition of every instrument in its newest version, in the order in which they were published."),
        _("One edition with everything that it asks."),
        _("Responses that the caller may know of, without their answers, in the order in which they were begun."),
        _("Begins a response with what is known already, or gives the one that was begun before."),
        _("One response: its answers, who gave each, what is wrong with them, and what is not asked."),
        _("Saves answers one by one, right or wrong. What somebody else changed after `seen` stands and is named."),
        _("Fills in what the register, evidence and the edition before know; what somebody answered stays."),
        _("Submits a response as it was seen; refused while one of its rules is broken."),
        _("Takes a response as it was submitted."),
        _("Gives a response back to be put right."),
        _("The response as a spreadsheet to fill in (.xlsx)."),
        _("Takes back a spreadsheet: what was changed in it is saved, or nothing, and then every fault is named."),
        _("Who the caller is, and what their token or their roles open."),
        _("Institutions of the register, in the order in which they entered it."),
        _("Enters an institution that no published list has yet."),
        _("One institution."),
        _("The licensed beds of one institution over time, the newest first."),
        _("States the licensed beds of an institution as of a day; the present number follows the newest statement."),
        _("Gives an institution another name; the one it had stays in the history."),
        _("Makes two rows of one institution into one; this row stays, the other's code becomes a former one."),
        _("What kind, place, inspecting body, address and standing of an institution were before, the newest first."),
        _("Whom to call at an institution. That somebody from outside looked is recorded."),
        _("Adds a person or desk to call at an institution."),
        _("Takes a contact out of use. It stays in the history."),
        _("Which vendors work for an institution, and on what."),
        _("Says which vendor works for an institution, and on what."),
        _("Says that a vendor no longer works for an institution. It stays in the history."),
        _("The public networks of the own house. Nobody else reads them."),
        _("Enters a public network of the own house, so that its addresses never leave as indicators."),
        _("Says that a network is no longer the own house's. It stays in the history and still never leaves."),
        _("Every reading of a published list, the oldest first."),
        _("Takes a published list in and queues its import; read the import to see how far it is."),
        _("What came of one import, and how far it is."),
        _("Every odd thing that an import found, with its line and the text as it was published."),
        _("Asks an import to stop as soon as it can. Nothing of it stays in the register."),
        _("Files the caller may see, the oldest first."),
        _("Takes a file in; the problem names file, place and reason when it is refused."),
        _("One file without its content."),
        _("The bytes of one file. Each look at a confidential one is recorded."),
        _(
            "What the virus scanner has not seen is handed to its own institution only, and only with"
            " `although_unscanned`."
        ),
        _("Outgoing messages, in an order of their own that does not change."),
        _("One outgoing message."),
        _("Sends a message again that was given up."),
        _("The catalogue of controls."),
        _("The evidence the caller may read, in the order in which it was filed. A look from outside is recorded."),
        _("Files evidence about a control of an institution."),
        _("One piece of evidence. A look from outside of its institution is recorded."),
        _("Withdraws evidence; it stays on record with the reason."),
        _("The duties the caller may see, in the order in which they were imposed."),
        _("One duty with its reason and its source."),
        _("Declares a duty fulfilled."),
        _("Lifts a duty."),
        _("Moves the due moment of a duty; the first one stays on record."),
        _("Bulletins that the caller may read, in the order in which they were written; without a state, no drafts."),
        _("Surveys that the caller may know of, in the order in which they were written down."),
        _("One survey."),
        _("How far those asked have come, as a whole and by bed class, prefecture and kind of the reference date."),
        _("The institutions asked that the caller may follow up, with how far they are and the last call."),
        _("Writes a draft, which only those who write bulletins can see."),
        _("How many institutions an audience would be now; about a product, a number they reach. Nothing is stored."),
        _("One bulletin; that a person's institution has opened it is remembered."),
        _("An institution has taken note, or has done what the bulletin asks for."),
        _("Writes a draft anew."),
        _("Sends a draft to its audience as it is at this moment; from here on its words stand."),
        _("Takes an issued bulletin back. It stays readable with the reason, and its duties fall away."),
        _("How far a bulletin has come among the institutions that the caller may follow."),
        _("How far each institution has come that the caller may follow."),
        _("The rows of the ledger that the caller may read, retired ones included, oldest first."),
        _("Adds an asset to the ledger of an institution."),
        _("One asset."),
        _("How far the self-check of an institution is for the inspection of a fiscal year, row by row."),
        _("The self-check of an institution as it was handed in, as OSCAL 1.2.1 assessment results."),
        _("What is still to be done after the self-check, as an OSCAL 1.2.1 plan of action and milestones."),
        _("The institutions of the caller's jurisdiction with what speaks for a visit, to be sorted by `points`."),
        _("Visits that the caller may know of: of their jurisdiction, or announced to their institution."),
        _("Puts an institution of the caller's jurisdiction on the plan of a fiscal year; nobody is told yet."),
        _("One visit."),
        _("The rows of a visit; for the institution once the visit is closed."),
        _("Takes entries in, each by itself; what was written meanwhile by somebody else is not overwritten."),
        _("What visits found and asked to be mended, of the caller's jurisdiction or institution."),
        _("Writes what is known of an asset anew."),
        _("Takes an asset out of the ledger. Its history stays."),
        _("The connections that the caller may read, retired ones included, oldest first."),
        _("Adds a way in from outside to the ledger of an institution."),
        _("One connection."),
        _("Writes what is known of a connection anew."),
        _("Says that a way in exists no more. Its history stays."),
        _("What changed behind the cursor, in the order of the changes; what was taken back comes by once more."),
        _("One indicator."),
        _("Takes an indicator back for the whole sector."),
        _("What changed behind the cursor. Send the ETag back as If-None-Match: unchanged costs one indexed read."),
        _("Takes a batch as a whole; sending it again gives the same receipt."),
        _("That the collector lives."),
        _(
            "What the collectors of the caller's institutions saw, one row an indicator, in the order in "
            "which it began."
        ),
        _("How many institutions have seen each indicator, told in ranges."),
        _("One indicator that was seen."),
        _("Says what the sightings were. That ends the duty."),
        _("The collectors of the caller's institutions, and whether they are heard of."),
        _("Reports an incident in six fields."),
        _("The incidents the caller may read, in the order in which they were reported."),
        _("That somebody from outside of the institutions looked is recorded, with how many they were given."),
        _("One incident. That the caller looked is recorded."),
        _("Attaches indicators that a person has confirmed: all of them or none."),
        _("Ends an incident on which nothing hangs any more."),
        _("Leads an incident into another phase. Refused while something is missing that the phase asks for."),
        _("The newest word under each heading."),
        _("Says what is known now about care, leak and systems, all or nothing. What was said before stays readable."),
        _("When it occurred, was noticed, known, called in and registered, as far as anyone has said."),
        _("The first steps in their order, each with its newest answer."),
        _("Records that one of the first steps was done, or why not."),
        _("What happened, in the order in which it was written down."),
        _("Adds a line in free words to the timeline."),
        _("Reads a sensor's file (Suricata EVE; JSON, gzip or zip) and answers what it speaks of."),
        _("Takes an indicator off the incident. That it was there stays on record."),
        _("Drafts and what was disclosed, in the order in which they were drafted."),
        _("One disclosure with what it says and carries."),
        _("How many institutions fit a draft as it stands, and which broader statements more would fit."),
        _("How many institutions would fit these statements about an incident. Nothing is stored."),
        _("Drafts a disclosure about an incident. A second person is asked to check and release it."),
        _("Writes a draft anew. Whoever does becomes one of its authors, and cannot release it."),
        _("Lets the whole sector know. Only a person in a session, and none of the authors: no token can carry this."),
        _(
            "Takes a disclosure back: its indicators and its bulletin. What it said stays in the ledger and "
            "still counts."
        ),
        _("The audit log in the order of its chain, once an entry has its place there. Each search is recorded."),
        _("What the newest check of the chain found."),
        _("Queues a check of the whole chain."),
        _("What the machine does by itself, in no particular order that lasts: a finished job is forgotten in time."),
        _("One job."),
        _("Puts a failed job back into the queue with a full number of attempts."),
        _("Takes a waiting job out of the queue."),
        _("The cursor never ends: keep it, and ask again for what is new."),
        _("Nothing is stored before a person has confirmed it: attach what they choose."),
        _("A POST although nothing changes: an unchecked summary must not stand in an address, which proxies log."),
    }
)

# What fields say of themselves.
NOTES = frozenset(
    {
        _("Untouched in the file, but changed in the response since; that one stands"),
        _("What is asked, as it was published; what stands at its default is left out"),
        _("Empty for whoever does not answer"),
        _("The revision of the response that was looked at"),
        _("Absent: nobody has to acknowledge it"),
        _("Absent: nobody knows yet"),
        _("Code in the register"),
        _("How many institutions or codes the file may lack, where an import was refused for that"),
        _("Maker and product as the asset ledgers hold them; width, case and blanks do not matter"),
        _("Only where the name of the file does not say it"),
        _("Operating system or firmware, as the device shows it"),
        _("Or the region, never both"),
        _("The asset of the same institution at which it ends"),
        _("The range must be one of those that the page offers"),
        _("The same id reports once"),
        _("This month or one of the two before, as in 2026-11"),
        _("What the verb begins with"),
        _("With everything said about this institution before"),
    }
)

# What each status means.
PROBLEMS = frozenset(
    {
        _("The request could not be understood."),
        _("Nobody is signed in, or the token is unknown, expired or revoked."),
        _("The role or the token does not allow this, or a rule refuses it."),
        _("It does not exist, or not for this viewer."),
        _("This method is not allowed here."),
        _("Someone was faster, or the idempotency key was used for something else."),
        _("The body is too large."),
        _("The body is of a kind that is not accepted here."),
        _("The input was refused; every problem is named."),
        _("Too many requests; try again after Retry-After."),
        _("Busy; try again after Retry-After."),
    }
)


def room(tag: str) -> str:
    """The title of a part of the API."""
    return gettext(ROOMS[tag]) if tag in ROOMS else tag
