import pytest
from django.urls import reverse

from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population
from sonae.kernel.ids import new_id
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure.models import ChosenIndicator, Disclosure
from sonae.response.incidents import services as incidents
from sonae.response.incidents.testing import a_report
from sonae.response.incidents.vocabulary import Attached

IOC = (IndicatorKind.DOMAIN, "c2.kinkyu-update.example")


@pytest.fixture(autouse=True)
def three_are_enough(settings):
    settings.DISCLOSURE_K = 3


@pytest.fixture
def incident(hospital, manager, now):
    reported = incidents.report_incident(a_report(hospital.pk, now=now), intake_id=new_id(), by=manager.viewer, now=now)
    incidents.attach_indicators(reported.pk, [Attached(*IOC)], by=manager.viewer, now=now)
    return reported


def typed(**said):
    return {
        "kind": "hospital", "area": "prefecture:01", "beds": "100-199", "attack": "ransomware", "route": "vpn_device",
        "indicators": [f"{IOC[0]}|{IOC[1]}"], "tlp": "green",
    } | said  # fmt: skip


def test_the_form_begins_with_what_is_true_and_says_how_many_fit(incident, analyst):
    page = analyst.client.get(reverse("disclosure:draft", args=[incident.pk])).text
    assert "Could anyone tell whose attack it was?" in page
    assert "Only 1 institutions of the register fit" in page


def test_a_draft_says_nothing_that_nobody_said(incident, analyst):
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC)
    client, url = analyst.client, reverse("disclosure:draft", args=[incident.pk])
    form = client.get(url).context["form"]
    began = {name: form.get_initial_for_field(form.fields[name], name) for name in ("attack", "route", "month")}
    assert began == {"attack": "unsaid", "route": "unsaid", "month": None}
    assert form.get_initial_for_field(form.fields["area"], "area") == "region:hokkaido"
    assert "Enough" in client.get(url).text
    # A form sent with neither is a draft that says neither.
    silent = {name: value for name, value in typed().items() if name not in ("attack", "route")}
    assert client.post(url, silent).status_code == 302
    assert (Disclosure.objects.get().attack, Disclosure.objects.get().route) == ("unsaid", "unsaid")


def test_it_is_said_when_earlier_disclosures_make_every_step_back_useless(incident, analyst, second_analyst):
    for _ in range(3):
        an_institution(population=Population.SYNTHETIC)
    client = analyst.client
    client.post(reverse("disclosure:draft", args=[incident.pk]), typed())
    earlier = Disclosure.objects.get()
    second_analyst.client.post(reverse("disclosure:release", args=[earlier.pk]), {"revision": "1"})
    measured = client.post(reverse("disclosure:measure", args=[incident.pk]), typed(beds="100-199"))
    assert "Earlier disclosures" not in measured.text  # enough fit: nothing to step back from
    Disclosure.objects.filter(pk=earlier.pk).update(beds_from=400, beds_through=None)
    measured = client.post(reverse("disclosure:measure", args=[incident.pk]), typed())
    assert "Whatever this text leaves out, it cannot be released" in measured.text
    assert "Saying less would give" not in measured.text


def test_the_count_follows_the_form(incident, analyst):
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC)
    url = reverse("disclosure:measure", args=[incident.pk])
    part = analyst.client.post(url, typed()).text
    assert "<html" not in part
    assert "Enough" in part
    assert "備前合成病院" in analyst.client.post(url, typed(summary_ja="備前合成病院")).text


def test_what_is_being_written_never_stands_in_an_address(incident, analyst):
    page = analyst.client.get(reverse("disclosure:draft", args=[incident.pk])).text
    assert f'hx-post="{reverse("disclosure:measure", args=[incident.pk])}"' in page
    assert analyst.client.get(reverse("disclosure:measure", args=[incident.pk])).status_code == 405


def test_the_whole_way_through_the_pages(incident, analyst, second_analyst):
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC)
    saved = analyst.client.post(reverse("disclosure:draft", args=[incident.pk]), typed())
    disclosure = Disclosure.objects.get()
    assert saved.headers["Location"] == reverse("disclosure:detail", args=[disclosure.pk])
    assert ChosenIndicator.objects.get().value == IOC[1]
    own_page = analyst.client.get(saved.headers["Location"]).text
    assert "Whoever wrote a disclosure cannot release it" in own_page
    released = second_analyst.client.post(reverse("disclosure:release", args=[disclosure.pk]), {"revision": "1"})
    assert released.status_code == 302
    page = second_analyst.client.get(reverse("disclosure:detail", args=[disclosure.pk])).text
    assert "Released" in page
    assert "c2.kinkyu-update.example" in page


def test_each_doubt_is_ticked_and_ticks_stay_when_one_is_missing(incident, analyst, second_analyst):
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC)
    said = typed(summary_ja="復旧に48時間、確認に12日を要しました。", summary_en="Recovery took long.")
    analyst.client.post(reverse("disclosure:draft", args=[incident.pk]), said)
    disclosure = Disclosure.objects.get()
    page = second_analyst.client.get(reverse("disclosure:detail", args=[disclosure.pk])).text
    assert page.count('name="looked_at"') == 2
    url = reverse("disclosure:release", args=[disclosure.pk])
    again = second_analyst.client.post(url, {"revision": "1", "looked_at": ["number|48時間"]})
    assert again.status_code == 422
    assert again.text.count("checked") == 1
    assert "12日" in again.text
    both = {"revision": "1", "looked_at": ["number|48時間", "number|12日"]}
    assert second_analyst.client.post(url, both).status_code == 302
    page = second_analyst.client.get(reverse("disclosure:detail", args=[disclosure.pk])).text
    assert "Looked at before it was released" in page
    withdrawn = second_analyst.client.post(
        reverse("disclosure:withdraw", args=[disclosure.pk]), {"reason": "wrong", "why": "数え間違い"}
    )
    assert withdrawn.status_code == 302
    page = second_analyst.client.get(reverse("disclosure:detail", args=[disclosure.pk])).text
    assert "It was wrong." in page
    assert "数え間違い" in page


def test_what_was_typed_stays_when_it_is_refused(incident, analyst):
    page = analyst.client.post(reverse("disclosure:draft", args=[incident.pk]), typed(tlp="red", summary_ja="書きかけ"))
    assert page.status_code == 422
    assert "書きかけ" in page.text


@pytest.mark.parametrize("who", ["manager", "inspector", "stranger", "responder", "operator", "auditor", "colleague"])
def test_others_find_no_disclosures(who, incident, analyst, request):
    analyst.client.post(reverse("disclosure:draft", args=[incident.pk]), typed())
    disclosure = Disclosure.objects.get()
    client = request.getfixturevalue(who).client
    for url in (reverse("disclosure:list"), reverse("disclosure:detail", args=[disclosure.pk])):
        assert client.get(url).status_code in (403, 404)


def test_the_ledger_lists_exports_and_finds(incident, analyst):
    analyst.client.post(reverse("disclosure:draft", args=[incident.pk]), typed())
    number = Disclosure.objects.get().number
    url = reverse("disclosure:list")
    assert number in analyst.client.get(url, {"q": number}).text
    assert number not in analyst.client.get(url, {"q": "nothing like it"}).text
    assert number in b"".join(analyst.client.get(url, {"export": "csv"}).streaming_content).decode("utf-8-sig")
