"""Results through the API: the same figures as on the pages, for the same people; and as files."""

import csv
import io
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.core.web import words
from sonae.prevention.surveys.results import clearance, kept, services
from sonae.prevention.surveys.results.models import QuestionResult, ResultEdition
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.results.vocabulary import EVERYBODY, ResultRefusal
from sonae.prevention.surveys.testing import a_campaign
from sonae.testing.cast import bearer
from sonae_engine.hunt import duck

pytestmark = pytest.mark.django_db
PLACES = (Prefecture.HOKKAIDO, Prefecture.TOKYO, Prefecture.TOTTORI)


@pytest.fixture
def edition(officer, manager, now):
    """Twelve hospitals in each of three prefectures; in Tottori one alone said yes. Published."""
    made = [an_institution(population=Population.SYNTHETIC, prefecture=place) for place in PLACES for _ in range(12)]
    campaign = a_campaign(officer=officer.viewer, now=now)
    for number, institution in enumerate(made):
        is_yes = institution.prefecture != Prefecture.TOTTORI or number == 24
        a_response_of(
            campaign, institution, "yes" if is_yes and number % 3 == 0 else "no", now=now - timedelta(hours=2)
        )
    return services.publish(an_edition_of(campaign, by=officer.viewer, now=now).pk, by=officer.viewer, now=now)


@pytest.fixture
def client(manager):
    return bearer(manager.token(Permission.SURVEY_READ))


def test_an_edition_and_its_tables_are_read_with_denominators_and_the_way_to_each_question(edition, officer):
    client = officer.client
    (row,) = client.get(f"/api/v1/surveys/{edition.campaign_id}/results").json()["items"]
    assert (row["id"], row["stage"], row["state"], row["submitted_count"]) == (
        str(edition.pk), "preliminary", "published", 36,
    )  # fmt: skip
    assert client.get(f"/api/v1/survey-results/{edition.pk}").json() == row
    found = client.get(f"/api/v1/survey-results/{edition.pk}/tables?breakdown=prefecture").json()
    tables = {one["question"]: one for one in found["items"]}
    assert (tables["gate"]["asked_after"], tables["beds"]["asked_after"]) == ([], ["gate"])
    assert {one["class_code"] for one in tables["gate"]["rows"]} == {"", "01", "13", "31"}
    gate, beds = (tables[name]["rows"][0] for name in ("gate", "beds"))
    yes = next(one for one in gate["figures"] if one["figure"] == "option:yes")
    assert (gate["asked"], yes["institutions"], yes["share_per_cent"], yes["kept_back"]) == (36, 9, 25.0, None)
    assert beds["asked"] == 9, "only who said yes was asked"


def test_tables_come_in_pages(edition, client):
    address = f"/api/v1/survey-results/{edition.pk}/tables"
    whole = client.get(address).json()
    assert whole["next_cursor"] == ""
    first = client.get(address + "?limit=1").json()
    rest = client.get(f"{address}?limit=500&cursor={first['next_cursor']}").json()
    assert first["items"] + rest["items"] == whole["items"]
    assert client.get(address + "?cursor=nonsense").status_code == 422
    assert client.get(address + "?form=csv").status_code == 422, "an unknown condition is refused"


def test_what_is_kept_back_has_a_reason_and_never_a_value(edition, client):
    found = client.get(f"/api/v1/survey-results/{edition.pk}/tables").json()["items"]
    shown = {row.question: row.as_shown().rows for row in edition.questions.all()}
    hidden = 0
    for table in found:
        for row in table["rows"]:
            each = (row["breakdown"] or "", row["class_code"])
            figures = [row["asked"], *(one["institutions"] for one in row["figures"])]
            assert tuple(figures) == shown[table["question"]][each]
            assert (row["asked"] is None) == (row["asked_kept_back"] == "small_number")
            for one in row["figures"]:
                assert (one["institutions"] is None) == (one["kept_back"] == "small_number")
                assert one["kept_back"] is None or one["share_per_cent"] is None
                hidden += one["kept_back"] is not None
    assert hidden


def test_an_edition_that_is_not_published_is_the_ministrys_alone(edition, officer, client, now):
    other = an_edition_of(edition.campaign, by=officer.viewer, now=now + timedelta(hours=1))
    for path in ("", "/tables", "/file"):
        assert client.get(f"/api/v1/survey-results/{other.pk}{path}").status_code == 404
        assert officer.client.get(
            f"/api/v1/survey-results/{other.pk}{path}"
        ).status_code == 200  # fmt: skip


def read_back(content):
    """The rows of a Parquet file and their types, read by a connection of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edition.parquet"
        file.write_bytes(content)
        with duckdb.connect(":memory:") as opened:
            kinds = dict(
                row[:2] for row in opened.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
            )
            names = list(kinds)
            rows = opened.execute(
                "SELECT * REPLACE (epoch(as_of) AS as_of) FROM read_parquet(?)", [str(file)]
            ).fetchall()
    return kinds, [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("who", ["officer", "manager"])
def test_the_parquet_file_says_cell_by_cell_what_the_csv_file_says(edition, officer, manager, who):
    client = {"officer": officer, "manager": manager}[who].client
    address = f"/api/v1/survey-results/{edition.pk}/file"
    answer = client.get(address + "?form=parquet")
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    kinds, rows = read_back(answer.content)
    assert (kinds["institutions"], kinds["share_per_cent"], kinds["as_of"]) == (
        "BIGINT", "DOUBLE", "TIMESTAMP WITH TIME ZONE",
    )  # fmt: skip
    text = client.get(address).getvalue().decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(table) > 60
    for one, line in zip(rows, table, strict=True):
        hidden = one["kept_back"] == "small_number"
        assert (one["institutions"] is None, line["Number of institutions"] == "＊") == (hidden, hidden)
        assert hidden or one["institutions"] == int(line["Number of institutions"])
        assert (one["asked_kept_back"] is not None) == (line["Asked (denominator)"] == "＊")
        assert one["asked"] is None or one["asked"] == int(line["Asked (denominator)"])
        assert one["share_per_cent"] == (float(line["Share in per cent"]) if line["Share in per cent"] else None)
        assert [one["question"], one["wording"], one["class_name"], one["figure_name"]] == [
            line["Question"], line["Wording of the question"], line["Class"], line["Figure"],
        ]  # fmt: skip
        assert (one["asked_in_all"], one["handed_in"]) == (
            int(line["Institutions asked in all"]), int(line["Institutions that handed in"]),
        )  # fmt: skip
        assert one["as_of"] == edition.as_of.timestamp()
    assert any(one["kept_back"] for one in rows) == (who == "manager")


def test_what_lies_on_the_disk_while_the_parquet_file_is_made_lies_where_the_sweep_looks(
    edition, officer, settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    used, connection = [], duck.connection

    def watched(*, folders, scratch):
        used.extend(folders)
        return connection(folders=folders, scratch=scratch)

    monkeypatch.setattr(duck, "connection", watched)
    assert officer.client.get(f"/api/v1/survey-results/{edition.pk}/file?form=parquet").status_code == 200
    assert tmp_path / "documents" / "incoming" in used[0].parents
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_page_hands_out_the_same_file(edition, manager):
    answer = manager.client.get(reverse("results:export", args=[edition.pk, "parquet"]))
    assert answer.content[:4] == answer.content[-4:] == b"PAR1"
    assert "Parquet" in manager.client.get(reverse("results:detail", args=[edition.pk])).content.decode()


# --- the second gate -------------------------------------------------------------------------------------------------


def untied(edition):
    """Shows again all but the one small figure of a table: as if a mistake had been made when it was kept back."""
    row = edition.questions.get(question="gate")
    figures = row.as_figures()
    rows = {
        each: (*one[:5], None, one[6]) if each == ("prefecture", "31") else one for each, one in figures.rows.items()
    }
    QuestionResult.objects.filter(pk=row.pk).update(shown=kept.margins_written(type(figures)(figures.column, rows)))


def test_what_can_be_worked_out_is_neither_published_nor_handed_out(edition, officer, client, manager, now):
    other = an_edition_of(edition.campaign, by=officer.viewer, now=now + timedelta(hours=1))
    assert other.cleared_digest == clearance.digest_of(other)
    untied(other)
    refused = officer.client.post(reverse("results:publish", args=[other.pk]))
    assert refused.status_code == 403
    page = refused.content.decode()
    assert "“Tottori”, figure “Yes”" in page, "an officer reads names"
    assert "Who could learn of it: everybody who reads these figures." in page
    assert ResultEdition.objects.get(pk=other.pk).state == "counted"
    untied(edition)
    answer = client.get(f"/api/v1/survey-results/{edition.pk}/file")
    assert (answer.status_code, answer.json()["reason"]) == (403, ResultRefusal.HELD_BACK)
    assert not answer.json().get("facts"), "what could be worked out is told the ministry alone"
    facts = clearance.may_leave(ResultEdition.objects.get(pk=edition.pk)).facts
    assert (facts["question"], facts["breakdown"], facts["class"], facts["figure"]) == (
        "gate", "prefecture", "31", "option:yes",
    )  # fmt: skip
    assert (str(facts["class_name"]), facts["reader"]) == ("鳥取県", "all")
    assert client.get(f"/api/v1/survey-results/{edition.pk}/tables").status_code == 403
    told = manager.client.get(reverse("results:export", args=[edition.pk, "csv"]))
    assert (told.status_code, "鳥取" in told.content.decode()) == (403, False)
    assert officer.client.get(reverse("results:export", args=[edition.pk, "csv"])).status_code == 200


def test_what_only_an_officer_could_work_out_is_refused_with_who_that_is(edition, officer, now):
    other = an_edition_of(edition.campaign, by=officer.viewer, now=now + timedelta(hours=1))
    row = other.questions.get(question="gate")
    shown, figures = row.as_shown(), row.as_figures()
    # One in Tottori said yes: that stays kept back there and in Tokyo alone.
    stays = {("prefecture", "31"), ("prefecture", "13")}
    rows = {each: shown.rows[each] if each in stays else one for each, one in figures.rows.items()}
    assert all(None in shown.rows[each] for each in stays)
    QuestionResult.objects.filter(pk=row.pk).update(shown=kept.margins_written(type(shown)(shown.column, rows)))
    other.refresh_from_db()
    found = clearance.findings(other, list(other.questions.order_by("position")), told=lambda _: None)
    (refused,) = {(one.reader, one.each) for one in found if one.question == "gate"}
    assert refused == ("13", ("prefecture", "31"))
    decision = clearance.may_leave(other)
    assert not decision.ok
    assert "知り得る人：東京都の回答を閲覧できる人" in words.of(decision)


def test_what_is_refused_is_looked_at_once_however_often_it_is_asked_for(edition, client, monkeypatch):
    untied(edition)
    looks, decided = [], clearance.decided
    monkeypatch.setattr(
        clearance, "decided", lambda one, *rest, **told: looks.append(one) or decided(one, *rest, **told)
    )
    for _ in range(3):
        answer = client.get(f"/api/v1/survey-results/{edition.pk}/file")
        assert (answer.status_code, answer.json()["reason"]) == (403, ResultRefusal.HELD_BACK)
    assert len(looks) == 1


def test_what_was_cleared_once_is_looked_at_again_by_no_other_process(edition, client, monkeypatch):
    ResultEdition.objects.filter(pk=edition.pk).update(cleared_digest="")
    clearance._remembered.clear()
    assert client.get(f"/api/v1/survey-results/{edition.pk}/file").status_code == 200
    # Another process remembers nothing.
    clearance._remembered.clear()
    monkeypatch.setattr(clearance, "decided", None)
    assert client.get(f"/api/v1/survey-results/{edition.pk}/file").status_code == 200


def test_the_ministry_sees_what_the_gate_holds_back(edition, officer):
    untied(edition)
    found = officer.client.get(f"/api/v1/survey-results/{edition.pk}/tables").json()
    gate = next(one for one in found["items"] if one["question"] == "gate")
    assert gate["rows"][0]["class_code"] == EVERYBODY[1]
    assert all(one["kept_back"] is None for row in gate["rows"] for one in row["figures"])
