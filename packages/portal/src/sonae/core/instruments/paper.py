"""What was handed in, as a paper and as a workbook to keep: both say the same of the same submission.

The paper of the yearly report on backups is one of these: title and edition are those of its form.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.documents import services as documents
from sonae.core.instruments import checks, queries
from sonae.core.instruments.answer_book import copies
from sonae.core.instruments.answer_book.writer import Facts
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.models import Response, Submission
from sonae.core.instruments.pages.beside import origin_words
from sonae.core.instruments.pages.overview import Said, read_through, signer
from sonae.core.instruments.pages.wording import title_of
from sonae.core.instruments.vocabulary import Origin, ResponseState
from sonae.core.web import words

type Read = list[tuple[str, list[Said]]]


def name_of(response: Response, submission: Submission) -> str:
    """The name of the file: form and edition, the institution, and the how manieth that was handed in."""
    edition = response.edition
    return f"{edition.instrument}-{edition.edition}-{response.institution_id}-{submission.number}"


def pdf(response: Response, submission: Submission, *, viewer: Viewer, now: datetime, language: str) -> bytes:
    """What was handed in as PDF/A and PDF/UA, with what this viewer may read of where answers come from."""
    with override(language):
        report = composed(response, submission, viewer=viewer, now=now)
    return documents.render_pdf("documents/report", report, language=language, now=now).content


def xlsx(response: Response, submission: Submission, *, viewer: Viewer, now: datetime, language: str) -> bytes:
    """The same as the answer workbook, with nothing to fill in and nothing by which it could be taken back."""
    edition = response.edition
    with override(language):
        findings = _findings(response, submission)
        read = _read(response, submission, findings, viewer=viewer)
        lines = [said for _title, inside in read for said in inside if said.question]
        beside = {said.question: "\n".join(said.notes) for said in lines}
        beside |= {id_: _("Not asked after the other answers.") for id_, rows in findings.not_asked if not rows}
        facts = [(name, _in_words(value)) for name, value in facts_of(response, submission)]
        facts += [(_("As of"), words.jst(now)), *(("", sentence) for sentence in _cautions(response))]
        told = copies.Told(
            ((_("Form"), title_of(edition)), *facts), {said.question: _in_a_cell(said) for said in lines}, beside
        )
    about = Facts(
        response.pk, edition.digest, submission.revision, _whose(response), written_at=submission.at
    )  # fmt: skip
    return copies.write_copy(queries.plan_of(edition), submission.answers, about, told, language=language)


def composed(response: Response, submission: Submission, *, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Everything that the paper says, in the language of the moment."""
    sections: list[dict[str, Any]] = [{"facts": facts_of(response, submission), "paragraphs": _cautions(response)}]
    for title, lines in _read(response, submission, _findings(response, submission), viewer=viewer):
        if parts := list(_parts(lines)):
            parts[0]["heading"] = title
            sections += parts
    return {
        "title": title_of(response.edition),
        "subtitle": _whose(response),
        "as_of": now,
        "source": _source(response),
        "synthetic": response.institution.is_synthetic,
        "sections": sections,
    }


def facts_of(response: Response, submission: Submission) -> list[tuple[str, Any]]:
    """What was handed in: the form and its edition, about whom, by whom, when, and what became of it."""
    edition, institution = response.edition, response.institution
    found: list[tuple[str, Any]] = [(_("Edition"), edition.edition)]
    if edition.version > 1:
        found.append((_("Corrected version"), str(edition.version)))
    if edition.fiscal_year:
        found.append((_("Fiscal year"), str(edition.fiscal_year)))
    if source := _source(response):
        found.append((_("Source"), source))
    found.append((_("Institution"), f"{institution.name} ({institution.register_code})"))
    if response.vendor is not None:
        found.append((_("Vendor"), response.vendor.name))
    found += [(_("Submitted at"), submission.at), (_("Submitted by"), signer(submission))]
    if submission.is_proxied:
        found.append((_("Entered by"), _("An officer, in place of the institution")))
    if submission.number > 1:
        found.append((_("Number of the submission"), str(submission.number)))
    return [*found, (_("State"), ResponseState(response.state))]


def _cautions(response: Response) -> list[str]:
    source = queries.plan_of(response.edition).instrument.source
    found = []
    if source is not None and source.unverified:
        found.append(_("The wording of this form has not been checked against its source (to be confirmed)."))
    if response.state == ResponseState.RETURNED:
        found.append(
            _("This was returned to be put right. It shows what had been submitted, not what is answered now.")
        )
    return found


def _source(response: Response) -> str:
    source = queries.plan_of(response.edition).instrument.source
    if source is None:
        return ""
    title = catalogue.in_language(source.title)
    return _("%(source)s (to be confirmed)") % {"source": title} if source.unverified else title


def _whose(response: Response) -> str:
    if response.vendor is None:
        return response.institution.name
    return _("%(vendor)s, about %(institution)s") % {"vendor": response.vendor, "institution": response.institution}


def _findings(response: Response, submission: Submission) -> Findings:
    """What was asked and what was worked out at the moment when it was handed in."""
    return checks.check(queries.plan_of(response.edition), submission.answers, now=submission.at)


def _read(response: Response, submission: Submission, findings: Findings, *, viewer: Viewer) -> Read:
    instrument = queries.plan_of(response.edition).instrument
    return read_through(instrument, submission.answers, findings, notes=_origins(response, submission, viewer=viewer))


def _origins(response: Response, submission: Submission, *, viewer: Viewer) -> Mapping[str, tuple[str, ...]]:
    """Where the answers come from that a source gave, as far as nobody answered anew since they were handed in."""
    may_read = access.may(viewer, Permission.EVIDENCE_READ, at=queries.place_of(response)).ok
    reads_evidence = may_read or queries.answers_here(response, viewer)
    found = {}
    for id_ in response.marks:
        mark = response.mark(id_)
        if mark is None or mark.as_of is None or mark.revision > submission.revision:
            continue
        if mark.origin is Origin.EVIDENCE and not reads_evidence:
            continue
        found[id_] = (origin_words(mark),)
    return found


def _parts(lines: Iterable[Said]) -> Iterator[dict[str, Any]]:
    """The lines of one page as tables: questions with their answers, and each question with rows by itself."""
    caption, rows = "", list[list[str]]()
    for said in lines:
        if not said.is_heading and not said.columns:
            rows.append([said.label, _with_notes(said)])
            continue
        if rows:
            yield _answers(rows, caption=caption)
            caption = ""
        if said.is_heading:
            caption, rows = said.label, []
        else:
            yield _grid(said, heading=caption)
            caption, rows = "", []
    if rows:
        yield _answers(rows, caption=caption)


def _answers(rows: list[list[str]], *, caption: str) -> dict[str, Any]:
    columns = [{"title": _("Question"), "width": 55}, {"title": _("Answer"), "width": 45}]
    return {"table": {"columns": columns, "rows": rows, "caption": caption}}


def _grid(said: Said, *, heading: str) -> dict[str, Any]:
    columns = [{"title": title} for title in said.columns]
    caption = " – ".join(filter(None, (heading, said.label)))
    return {"table": {"columns": columns, "rows": [list(row) for row in said.rows], "caption": caption}}


def _with_notes(said: Said) -> str:
    return "\n".join((said.answer, *said.notes))


def _in_a_cell(said: Said) -> str:
    return "\n".join(" / ".join(row) for row in said.rows) if said.columns else said.answer


def _in_words(value: object) -> str:
    return words.readable(value) if isinstance(value, ResponseState | datetime) else str(value)
