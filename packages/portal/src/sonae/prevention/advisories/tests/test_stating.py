"""A person says what a version text means, once for everybody."""

from datetime import timedelta

import pytest

from sonae.core.audit.models import Entry
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.advisories import queries, services
from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.models import StatedRange, VersionText
from sonae.prevention.advisories.vocabulary import AdvisoryRefusal, Certainty, Covered

pytestmark = pytest.mark.django_db

WHY = "The maker's support said so on the telephone."


@pytest.fixture
def text(now):
    return samples.a_text_to_read(now=now)


def state(text, said, *, by, now, why=WHY):
    return services.state_range(text.pk, said=said, why=why, by=by.viewer, now=now)


def test_what_nobody_can_read_waits_with_the_number_of_its_statements(text, officer, now):
    samples.an_advisory(now=now, id="EX-26-002")
    [waiting] = queries.texts_to_read(officer.viewer)
    assert (waiting.text, waiting.statement_count) == (samples.UNREADABLE, 2)
    assert waiting.standing_certainty is Certainty.UNREADABLE


def test_a_stated_range_counts_for_every_statement_at_once(text, officer, now):
    other = samples.an_advisory(now=now, id="EX-26-002")
    state(text, ">=1.0 <2.3", by=officer, now=now)
    for statement in queries.statements_with(VersionText.objects.get(pk=text.pk)):
        [product] = queries.products([statement])
        assert [product.covers(version).value for version in ("1.5", "2.3")] == ["yes", "no"]
    statement = queries.statements_of(other).get(version=text)
    assert statement.version.standing_certainty is Certainty.STATED
    assert Entry.objects.filter(verb="advisory.state_range").count() == 1


def test_the_second_word_replaces_the_first_which_stays(text, officer, analyst, now):
    state(text, "<2.3", by=officer, now=now)
    later = now + timedelta(days=1)
    state(text, "vers:generic/<2.4", by=analyst, now=later)
    assert [(one.said, one.replaced_at, one.replaced_by_id) for one in queries.history_of(text)] == [
        ("vers:generic/<2.4", None, None), ("<2.3", later, analyst.viewer.account_id),
    ]  # fmt: skip
    assert VersionText.objects.get(pk=text.pk).standing == "vers:generic/<2.4"
    assert queries.statements_changed(since=later, until=later + timedelta(hours=1)).get().version_id == text.pk


@pytest.mark.parametrize(
    ("said", "why", "reason"),
    [
        ("the ones from last year", WHY, AdvisoryRefusal.RANGE_NOT_READ),
        ("n/a", WHY, AdvisoryRefusal.RANGE_SAYS_NOTHING),
        ("<2.3", "so", AdvisoryRefusal.REASON_TOO_SHORT),
    ],
)
def test_a_range_must_itself_be_read_and_somebody_must_say_why(text, officer, now, said, why, reason):
    with pytest.raises(NotAllowed) as refused:
        state(text, said, why=why, by=officer, now=now)
    assert refused.value.refusal.reason is reason
    assert not StatedRange.objects.exists()


@pytest.mark.parametrize("who", ["manager", "inspector", "responder"])
def test_nobody_else_states_ranges(request, text, now, who):
    with pytest.raises(NotAllowed):
        state(text, "<2.3", by=request.getfixturevalue(who), now=now)


def test_a_text_that_is_not_there(officer, now):
    with pytest.raises(Gone):
        services.state_range(4711, said="<2", why=WHY, by=officer.viewer, now=now)


def test_a_preview_shows_how_a_range_is_read_and_keeps_nothing(text):
    found = services.preview(">=1.0 <2.3", versions=["1.0", "2.3", "strange"])
    assert found.understood.ranges == ("[1.0, 2.3)",)
    assert found.tried[:2] == (("1.0", Covered.YES), ("2.3", Covered.NO))
    assert not StatedRange.objects.exists()
