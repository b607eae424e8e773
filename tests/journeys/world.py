"""A small sector with people and a past, made through the real verbs: `python -m tests.journeys.world FACTS.json`.

It runs in a process of its own against the database named by the environment, and writes down what a browser needs to
know: addresses of people, cookies of their sessions, ids of rows, secrets of programs. Journeys that change things have
institutions and people of their own for each language: they meet neither each other nor the walk over all pages.
"""

import json
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 - Django must be set up before its models are read
from django_tasks_db.models import DBTaskResult  # noqa: E402

from sonae.core.access import services as access  # noqa: E402
from sonae.core.access.vocabulary import Permission, Place  # noqa: E402
from sonae.core.accounts.vocabulary import Role  # noqa: E402
from sonae.core.assurance import importing  # noqa: E402
from sonae.core.assurance import services as assurance  # noqa: E402
from sonae.core.assurance.models import ImportedCatalogue  # noqa: E402
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength  # noqa: E402
from sonae.core.bulletins import services as bulletins  # noqa: E402
from sonae.core.bulletins.testing import an_issued_bulletin  # noqa: E402
from sonae.core.bulletins.vocabulary import Audience, Content  # noqa: E402
from sonae.core.documents import services as documents  # noqa: E402
from sonae.core.documents.vocabulary import Purpose, Sensitivity  # noqa: E402
from sonae.core.duties import services as duties  # noqa: E402
from sonae.core.duties.models import Duty  # noqa: E402
from sonae.core.institutions import services as institutions  # noqa: E402
from sonae.core.institutions.models import Institution  # noqa: E402
from sonae.core.institutions.vocabulary import (  # noqa: E402
    ContactRole,
    FileRefusal,
    ImportKind,
    InstitutionKind,
    Population,
    Prefecture,
)
from sonae.core.instruments import queries as forms  # noqa: E402
from sonae.core.instruments import services as instruments  # noqa: E402
from sonae.core.instruments.models import Edition  # noqa: E402
from sonae.core.instruments.testing import FORM, VENDOR_FORM, an_edition  # noqa: E402
from sonae.core.notifications import services as notifications  # noqa: E402
from sonae.core.notifications.models import Message  # noqa: E402
from sonae.core.web.vocabulary import Tlp  # noqa: E402
from sonae.kernel.errors import Problem  # noqa: E402
from sonae.prevention.advisories import services as feeds  # noqa: E402
from sonae.prevention.advisories import testing as published  # noqa: E402
from sonae.prevention.advisories.models import Advisory, VersionText  # noqa: E402
from sonae.prevention.advisories.vocabulary import SourceKind as FeedKind  # noqa: E402
from sonae.prevention.assets import services as assets  # noqa: E402
from sonae.prevention.assets import testing as ledgers  # noqa: E402
from sonae.prevention.assets.models import LedgerQuestion  # noqa: E402
from sonae.prevention.detection import services as detection  # noqa: E402
from sonae.prevention.detection import testing as sensing  # noqa: E402
from sonae.prevention.detection.vocabulary import Finding  # noqa: E402
from sonae.prevention.exposure import services as exposures  # noqa: E402
from sonae.prevention.exposure import testing as exposed  # noqa: E402
from sonae.prevention.exposure.models import Question  # noqa: E402
from sonae.prevention.inspections.visits import services as inspecting  # noqa: E402
from sonae.prevention.inspections.visits import testing as visits  # noqa: E402
from sonae.prevention.inspections.visits.vocabulary import Side, VisitState  # noqa: E402
from sonae.prevention.sharing import testing as sharing  # noqa: E402
from sonae.prevention.surveys import queries as follow_ups  # noqa: E402
from sonae.prevention.surveys import services as surveys  # noqa: E402
from sonae.prevention.surveys import testing as campaigns  # noqa: E402
from sonae.prevention.surveys.results import recounts  # noqa: E402
from sonae.prevention.surveys.results import testing as results  # noqa: E402
from sonae.prevention.surveys.results.kept import counts_written  # noqa: E402
from sonae.prevention.surveys.results.services import begin_edition, publish  # noqa: E402
from sonae.prevention.surveys.results.vocabulary import ResultStage  # noqa: E402
from sonae.prevention.surveys.vocabulary import CallOutcome, PopulationRule  # noqa: E402
from sonae.response.disclosure import queries as disclosures  # noqa: E402
from sonae.response.disclosure import services as disclosure  # noqa: E402
from sonae.response.disclosure.vocabulary import Statements  # noqa: E402
from sonae.response.incidents import testing as incidents  # noqa: E402
from sonae.response.incidents.vocabulary import Phase  # noqa: E402
from sonae.site import cli_server  # noqa: E402
from sonae.site.demo import story  # noqa: E402
from tests.journeys.people import Player, a_player, session_of  # noqa: E402

SIZE, SEED = 2_000, 20260401
LANGUAGES = ("ja", "en")
DAY = timedelta(days=1)
# What attackers really use: no place to break it, and no page may become as wide as this.
LONG_URL = f"http://bad-example.com/{'%41' * 160}"
# How many institutions of every other prefecture are late with something, so that the map has light and dark places.
LATE = (0, 4, 1, 0, 7, 2, 3, 0, 1, 11, 5)


@dataclass
class World:
    """What was made, as the browser will know it."""

    now: datetime
    people: dict[str, Player] = field(default_factory=dict)
    hospitals: dict[str, Institution] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, part: str) -> Player:
        return self.people[part]

    def facts(self) -> dict[str, Any]:
        return {
            "people": {
                part: {
                    "email": player.account.email,
                    "name": player.account.name,
                    "session": session_of(player.account),
                }
                for part, player in self.people.items()
            },
            "hospitals": {
                part: {"id": one.pk, "name": one.name, "register_code": one.register_code}
                for part, one in self.hospitals.items()
            },
            "ids": {name: str(value) for name, value in self.ids.items()},
            "secrets": self.secrets,
        }


def build() -> World:
    """Everything, in the order in which it would happen."""
    now = timezone.now()
    cli_server.migrate()
    institutions.generate_synthetic_sector(SIZE, seed=SEED, now=now - 60 * DAY)
    world = World(now)
    _choose_hospitals(world)
    _engage(world)
    _fill_register(world)
    _write_bulletins(world)
    _report_incidents(world)
    _disclose(world)
    _sight(world)
    _keep_ledger(world)
    _take_in_advisories(world)
    _hold_ledger(world)
    _answer_checklists(world)
    _inspect(world)
    _take_visits_along(world)
    _conduct_surveys(world)
    _run_machine(world)
    _fall_late(world)
    return world


def _choose_hospitals(world: World) -> None:
    """One for the walk over all pages; for each language one that its size would give away, and one elsewhere."""
    hospitals = Institution.objects.filter(kind=InstitutionKind.HOSPITAL, licensed_beds__gte=20).order_by("pk")
    recognisable = [
        one
        for one in hospitals
        if 0 < disclosures.count_fitting(one, story.first_statements(one)) < story.settings.DISCLOSURE_K
    ]
    prefectures: set[str] = set()
    reporters: list[Institution] = []
    for one in recognisable:
        if one.prefecture not in prefectures:
            prefectures.add(one.prefecture)
            reporters.append(one)
    world.hospitals["walk"], world.hospitals["reporter-ja"], world.hospitals["reporter-en"], *_rest = reporters
    taken = [one.pk for one in world.hospitals.values()]
    others = hospitals.exclude(pk__in=taken).filter(licensed_beds__range=(100, 499))[:2]
    world.hospitals |= {f"finder-{language}": one for language, one in zip(LANGUAGES, others, strict=True)}


def _at(institution: Institution) -> Place:
    return Place(institution_id=institution.pk, jurisdiction_id=institution.jurisdiction_id)


def _engage(world: World) -> None:
    now, walk = world.now, world.hospitals["walk"]
    vendor = institutions.register_vendor("架空医療システム株式会社", by=None, now=now - 40 * DAY)
    at_walk = _at(walk)
    parts: list[tuple[str, Role, str, Place | None]] = [
        ("officer", Role.MINISTRY_OFFICER, "中央 厚子", None),
        ("inspector", Role.INSPECTOR, "検見 正", Place(jurisdiction_id=walk.jurisdiction_id)),
        ("prefecture-officer", Role.PREFECTURE_OFFICER, "県 見守", Place(prefecture=Prefecture(walk.prefecture))),
        ("analyst", Role.SHARING_ANALYST, "分析 一郎", None),
        ("second-analyst", Role.SHARING_ANALYST, "分析 二郎", None),
        ("responder", Role.RESPONDER, "初動 走", None),
        ("manager", Role.INSTITUTION_MANAGER, "架空 守", at_walk),
        ("executive", Role.EXECUTIVE, "架空 院長", at_walk),
        ("colleague", Role.STAFF, "架空 看子", at_walk),
        ("vendor", Role.VENDOR, "業者 太郎", Place(vendor_id=vendor.pk)),
        ("operator", Role.OPERATOR, "運用 子", None),
        ("auditor", Role.AUDITOR, "監査 人", None),
    ]
    for language in LANGUAGES:
        reporter, finder = (_at(world.hospitals[f"{part}-{language}"]) for part in ("reporter", "finder"))
        around = Place(jurisdiction_id=reporter.jurisdiction_id)
        parts += [
            (f"reporter-{language}", Role.INSTITUTION_MANAGER, "報告 する子", reporter),
            (f"finder-{language}", Role.INSTITUTION_MANAGER, "検知 みつお", finder),
            (f"signer-{language}", Role.MINISTRY_OFFICER, "入口 開", None),
            (f"newcomer-{language}", Role.INSTITUTION_MANAGER, "新任 花子", finder),
            (f"passkey-{language}", Role.STAFF, "鍵 持男", finder),
            (f"reader-{language}", Role.INSTITUTION_MANAGER, "読手 静", reporter),
            (f"visitor-{language}", Role.INSPECTOR, "巡回 一子", around),
            (f"second-visitor-{language}", Role.INSPECTOR, "巡回 二郎", around),
            (f"third-visitor-{language}", Role.INSPECTOR, "巡回 三郎", around),
            # Signs out on the way: no other test has this person.
            (f"leaving-visitor-{language}", Role.INSPECTOR, "巡回 四郎", around),
        ]
    for part, role, name, at in parts:
        factor = "none" if part.startswith("newcomer") else "totp"
        world.people[part] = a_player(part, role, name, at=at or Place(), now=now, second_factor=factor)
    world.ids |= {"vendor": vendor.pk, "institution": walk.pk, "account": world["colleague"].account.pk}


def _fill_register(world: World) -> None:
    now, walk, manager = world.now, world.hospitals["walk"], world["manager"].account.pk
    contact = institutions.add_contact(
        walk.pk, role=ContactRole.SYSTEM_SAFETY_OFFICER, name="情報管理室", phone="00-0000-0000", email="it@example.jp",
        by=manager, now=now - 20 * DAY,
    )  # fmt: skip
    institutions.link_vendor(
        walk.pk, vendor_id=world.ids["vendor"], service="電子カルテの保守", by=manager, now=now - 20 * DAY
    )
    run = institutions.begin_import(
        ImportKind.REGISTER, file_name="facility_info.csv", by=world["officer"].account.pk, now=now - DAY
    )
    institutions.refuse_import(run, [Problem(FileRefusal.DATE_UNKNOWN, "facility_info.csv")], now=now - DAY)
    waiting = institutions.begin_import(
        ImportKind.CODES, file_name="code_list.zip", by=world["officer"].account.pk, now=now
    )
    world.ids |= {"contact": contact.pk, "import": run.pk, "import-waiting": waiting.pk}


def _write_bulletins(world: World) -> None:
    now, officer = world.now, world["officer"].viewer
    content = Content(
        "VPN装置の更新のお願い",
        "Please update VPN devices",
        "脆弱性が公表されています。\n\n- 機器の版を確認してください。\n- 更新版を適用してください。",
        "A vulnerability was published.\n\n- Check the version of the device.\n- Apply the update.",
    )
    said = {"tlp": Tlp.GREEN, "audience": Audience(kinds=frozenset({InstitutionKind.HOSPITAL})), "by": officer}
    draft = bulletins.draft(content, now=now, **said)

    def issued(key: str, title_ja: str, title_en: str, days_ago: int) -> Any:
        return an_issued_bulletin(
            Content(title_ja, title_en, content.body_ja, content.body_en), key=key, now=now - days_ago * DAY,
            acknowledge_by=now + 3 * DAY, issued_by=world["analyst"].viewer, **said,
        )  # fmt: skip

    issued_one = issued("walk", "ランサムウェアへの注意喚起", "Warning of ransomware", 2)
    withdrawn = issued("withdrawn", "訓練日程の変更", "A drill was moved", 9)
    bulletins.withdraw(withdrawn.pk, why="日程は変更されませんでした。", by=officer, now=now - 8 * DAY)
    world.ids |= {"bulletin-draft": draft.pk, "bulletin": issued_one.pk, "bulletin-withdrawn": withdrawn.pk}
    for part in ("manager", "reader-ja", "reader-en"):
        bulletins.note_opened(issued_one.pk, by=world[part].viewer, now=now - DAY)
    for days_ago, language in enumerate(LANGUAGES, 5):
        title = "確認をお願いします" if language == "ja" else "確認のお願い"
        own = an_issued_bulletin(
            Content(title, "Please take note", content.body_ja, content.body_en), tlp=Tlp.AMBER,
            issued_by=world["analyst"].viewer, by=officer,
            audience=Audience.named([world.hospitals[f"reporter-{language}"].pk]),
            now=now - days_ago * DAY, key=f"journey-{language}", acknowledge_by=now + 2 * DAY,
        )  # fmt: skip
        world.ids[f"bulletin-{language}"] = own.pk


def _report_incidents(world: World) -> None:
    manager, walk = world["manager"].viewer, world.hospitals["walk"]
    running = incidents.an_incident(
        walk.pk, by=manager, now=world.now - timedelta(hours=6), at=Phase.CONTAINED,
        values=("45.83.64.1", "bad-example.com", "http://bad-example.com/gate.php", LONG_URL),
    )  # fmt: skip
    told = incidents.an_incident(
        walk.pk, by=manager, now=world.now - 5 * DAY, at=Phase.ACTIVE, values=("185.220.101.4", "evil-example.org")
    )
    world.ids |= {"incident": running.pk, "incident-told": told.pk}


def _disclose(world: World) -> None:
    analyst, second = world["analyst"].viewer, world["second-analyst"].viewer
    walk = world.hospitals["walk"]
    first = story.first_statements(walk)
    content = disclosure.Content(
        statements=first,
        summary_ja="保守用の接続から侵入され、電子カルテが使えなくなりました。",
        summary_en="The attackers came in through a maintenance connection; charts could not be opened.",
    )
    draft = disclosure.draft(world.ids["incident"], content, by=analyst, now=world.now - timedelta(hours=1))
    broad = replace(content, statements=Statements(kinds=first.kinds, attack=first.attack))
    told = disclosure.draft(world.ids["incident-told"], broad, by=analyst, now=world.now - 4 * DAY)
    released = disclosure.release(told.pk, seen_revision=told.revision, by=second, now=world.now - 4 * DAY)
    world.ids |= {"disclosure-draft": draft.pk, "disclosure": released.pk}


def _sight(world: World) -> None:
    """Indicators for the walk and for each language, and a collector that has reported two of them."""
    now, analyst, manager = world.now, world["analyst"].viewer, world["manager"].viewer
    found = {
        part: sharing.an_indicator(value, by=analyst, now=now - DAY, kind=sharing.IndicatorKind.IPV4)
        for part, value in (
            ("walk", "45.155.205.233"),
            ("old", "45.155.205.17"),
            ("ja", "193.32.162.21"),
            ("en", "193.32.162.22"),
        )
    }
    world.ids |= {f"indicator-{part}": one.pk for part, one in found.items()}
    _collector, secret = sensing.a_collector(world.hospitals["walk"].pk, by=manager, now=now - 3 * DAY)
    program = sensing.program_of(secret, now=now)
    alert = sensing.an_alert(found["walk"].pk, program=program, now=now - timedelta(hours=2))
    answered = sensing.an_alert(found["old"].pk, program=program, now=now - timedelta(hours=20))
    detection.answer_alert(
        answered.pk, finding=Finding.HARMLESS, note="検査用の端末による試験であることを確認した。", by=manager, now=now,
    )  # fmt: skip
    world.ids |= {"sighting": alert.pk, "sighting-answered": answered.pk}
    for language in LANGUAGES:
        finder = world[f"finder-{language}"].viewer
        _own, world.secrets[f"collector-{language}"] = sensing.a_collector(
            world.hospitals[f"finder-{language}"].pk, by=finder, now=now
        )


def _hold_ledger(world: World) -> None:
    """A device that an advisory names, and one of which it is asked."""
    now, manager = world.now, world["manager"].viewer
    hospital = world.hospitals["walk"]
    found = exposed.an_exposure(hospital.pk, by=manager, now=now - DAY, product="Gateway 900", name="外来の接続装置")
    exposed.a_device(hospital.pk, by=manager, now=now - DAY, name="病棟の接続装置", product="FortiGate")
    exposed.a_notice(("Fortinet", "FortiGate 60F", "< 6.0.5"), now=now - DAY, identifier="EX-26-004")
    exposures.hold(now=now)
    question = Question.objects.select_related("pair").get(institution=hospital)
    world.ids |= {
        "exposure": found.pk,
        "notice": found.notice_id,
        "exposure-question": question.pk,
        "name-pair": question.pair_id,
    }


def _take_in_advisories(world: World) -> None:
    """Advisories with a fault, a text to read and one that was read, a source, and imports."""
    now, analyst = world.now, world["analyst"].viewer
    faulty = published.a_csaf(id="EX-26-002")
    faulty["vulnerabilities"][0]["product_status"]["known_affected"].append("P-9")
    done = published.import_documents(
        ("ex-1.json", published.as_bytes(published.a_csaf())),
        ("ex-2.json", published.as_bytes(faulty)),
        ("broken.json", b'{"document": oops}'),
        ("kev.json", published.as_bytes(published.a_kev())),
        ("jvn.xml", published.a_vuldef(versions="導入時期による")),
        now=now - DAY,
    )  # fmt: skip
    waiting = feeds.begin_import("jvndb_detail_2026.rdf", by=analyst, now=now)
    source = feeds.add_source(
        "vendor-csaf", kind=FeedKind.CSAF_DIRECTORY, address="https://csaf.example.jp/", by=analyst, now=now - DAY
    )  # fmt: skip
    stated = VersionText.objects.get(text="導入時期による")
    feeds.state_range(stated.pk, said="<2.4", why="製造業者に電話で確認した。", by=analyst, now=now)
    world.ids |= {
        "advisory": Advisory.objects.get(identifier="EX-26-002").pk,
        "version-text": VersionText.objects.get(text=published.UNREADABLE).pk,
        "version-text-stated": stated.pk,
        "advisory-source": source.pk,
        "advisory-import": done.pk,
        "advisory-import-waiting": waiting.pk,
    }


# A list of devices whose words no catalogue has, so that rows are told from pages that speak two languages.
LIST_HEADERS = (
    "管理番号,装置名称,機種区分,メーカ,型名,機番,コンピュータ名,物理アドレス,IPｱﾄﾞﾚｽ,設置部署,管理責任者,設置年月日"
)
LISTED = (
    "K-001,検査室の共有サーバ1号,院内サーバ類,架空計測,kk-9,KS-1,lab01,001122334455,192.0.2.10,本館検査区画,技師長,R2.4.1",
    "K-002,外来の受付端末1号,デスクトップ型,架空計測,kk-3,KS-2,desk01,001122334466,192.0.2.21,本館外来受付,医事担当,H31.4.1",
    "K-003,検体の搬送制御盤,院内ルータ類,架空通信,kk-1,KS-3,line01,001122334477,192.0.2.1,本館検査区画,技師長,2021/6",
)


def _list_of_walk(*rows: str) -> bytes:
    return ledgers.a_list(*rows, headers=LIST_HEADERS)


def _keep_ledger(world: World) -> None:
    now, manager, walk = world.now, world["manager"].viewer, world.hospitals["walk"]
    asset = assets.record_asset(
        walk.pk,
        {"kind": "network_device", "name": "外部接続用VPN装置", "maker": "架空通信", "product": "kakuu-gate",
         "version": "7.2.1", "place": "サーバー室", "responsible": "情報管理室", "note": ""},
        by=manager, now=now - 10 * DAY,
    )  # fmt: skip
    connection = assets.record_connection(
        walk.pk,
        {"kind": "vpn", "name": "電子カルテ保守回線", "vendor": "架空医療システム株式会社", "purpose": "保守",
         "device": asset, "firmware": "7.2.1", "source_restricted": "unknown", "multi_factor": "no",
         "patched_by": "vendor", "contract_clause": "", "last_checked_on": None, "note": ""},
        by=manager, now=now - 10 * DAY,
    )  # fmt: skip
    zone = {"name": "検査系", "purpose": "検査装置と検査端末", "internet_reachable": "no", "vendor_reachable": "yes"}
    world.ids["zone"] = assets.record_zone(walk.pk, assets.ZoneContent(**zone), by=manager, now=now - 10 * DAY).pk
    list_of = {"institution_id": walk.pk, "by": manager, "source": "検査室の機器一覧"}
    ledgers.applied(_list_of_walk(*LISTED), now=now - 3 * DAY, **list_of)
    applied = ledgers.applied(_list_of_walk(*LISTED[:2]), now=now - 2 * DAY, **list_of)
    odd = LISTED[1].replace("H31.4.1", "日付の控えなし").replace("本館外来受付", "本館救急受付")
    planned = ledgers.planned(_list_of_walk(LISTED[0], odd, odd), now=now - timedelta(hours=2), **list_of)
    question = LedgerQuestion.objects.get(run=applied)
    world.ids |= {"ledger-import": applied.pk, "ledger-plan": planned.pk, "ledger-question": question.pk}
    evidence = assurance.file_evidence(
        Said(
            control="mfa",
            institution_id=walk.pk,
            source=Source(SourceKind.PERSON, "情報管理室の確認"),
            strength=Strength.DECLARED,
            since=now - 10 * DAY,
            until=now + 200 * DAY,
        ),
        by=manager,
        now=now,
    )
    document = documents.store(
        ["\ufeff機器,版\r\nVPN装置,7.2.1\r\n".encode()], name="機器一覧.csv", purpose=Purpose.EVIDENCE,
        sensitivity=Sensitivity.INSTITUTION_ONLY, institution_id=walk.pk, by=manager, now=now,
    )  # fmt: skip
    world.ids |= {
        "document": document.pk,
        "asset": asset.pk,
        "connection": connection.pk,
        "evidence": evidence.pk,
        "catalogue": _catalogue(now=now).pk,
        "catalogue-control": "md-1",
        "control": evidence.control,
    }


def _catalogue(*, now: datetime) -> ImportedCatalogue:
    """A catalogue of somebody else in its second version."""
    for version, title in (("1", "持出し媒体の管理"), ("2", "持出し媒体と印刷物の管理")):
        metadata = {"title": "合成管理策集", "version": version, "oscal-version": "1.1.2"}
        metadata |= {"last-modified": f"2026-0{version}-01T00:00:00+09:00"}
        parts = [{"name": "statement", "prose": "持ち出すときは記録します。"}]
        controls = [{"id": "md-1", "title": title, "parts": parts}, {"id": f"md-{version}0", "title": "記録の点検"}]
        document = {"catalog": {"uuid": version, "metadata": metadata, "controls": controls}}
        found = importing.take_in(json.dumps(document).encode(), file_name="synthetic.json", by=None, now=now)
    return found


def _answer_checklists(world: World) -> None:
    """Of the checklist: a response half done, one returned, one submitted; and the edition that journeys begin."""
    now, manager = world.now, world["manager"].viewer
    edition = Edition.objects.current().get(instrument="checklist-facility", edition="R7")
    before = Edition.objects.current().get(instrument="checklist-facility", edition="R6")
    day = {"checked_on": ["2025-06-02"]}
    some = {
        "gate": "yes",
        "manager": {"answer": "yes", **day},
        "ledger": {"answer": "no", **day, "target_on": "2026-12-01"},
        "accounts": {"answer": "no", **day},
    }
    rows = forms.takes_answers(forms.plan_of(edition)) - {"gate"}
    whole = {"gate": "yes"} | {row: {"answer": "yes", **day} for row in rows}

    def begun(occasion: str, answers: dict[str, Any]) -> Any:
        opened = instruments.open_response(
            edition.pk, institution_id=world.hospitals["walk"].pk, occasion=occasion, by=manager, now=now - DAY
        )
        return instruments.save_answers(opened.pk, answers, seen=0, by=manager, now=now - DAY).response

    half, submitted, returned = begun("2025", some), begun("2025-2", whole), begun("2025-3", whole)
    instruments.submit(submitted.pk, seen=1, by=manager, now=now - DAY / 2)
    instruments.submit(returned.pk, seen=1, by=manager, now=now - DAY / 3)
    instruments.return_for_correction(
        returned.pk, reason="連絡体制図の確認日をご確認ください。", seen=1, by=world["inspector"].viewer, now=now
    )
    _ask_vendors(world)
    _take_forms_in(world)
    many = instruments.begin_accepting([(submitted.pk, submitted.revision)], by=world["officer"].viewer, now=now)
    world.ids |= {
        "acceptances": many.pk,
        "edition": edition.pk, "edition-before": before.pk, "gate": "gate",
        "response": half.pk, "response-submitted": submitted.pk,
        "response-returned": returned.pk, "page-2": 2, "file-question": "plan", "page-3": 3, "fiscal-year": 2025,
    }  # fmt: skip


def _take_forms_in(world: World) -> None:
    """The form of next year, looked through and not published; and one with faults."""
    officer, now = world["officer"].viewer, world.now
    form = _in_both_languages(VENDOR_FORM).replace("備えの確認, en: Readiness", "事業者の確認, en: Check of a vendor")
    sent = form.replace('"2026"', '"2027"').replace("label: {ja: 備考, en: Remark}", "label: {ja: 補足, en: Addition}")
    taken = instruments.take_in(sent.encode(), file_name="next.yaml", note="来年度", by=officer, now=now)
    faulty = sent.replace("${gate}", "${gates}")
    broken = instruments.take_in(faulty.encode(), file_name="faulty.yaml", by=officer, now=now)
    world.ids |= {"draft": taken.pk, "draft-faulty": broken.pk}


def _in_both_languages(form: str) -> str:
    """The small form of tests, with its labels in English too: its pages are walked in both languages."""
    for ja, en in (
        ("医療情報システムを運用している", "Medical information systems are in use"), ("体制", "Organisation"),
        ("病床数", "Beds"), ("備考", "Remark"),
    ):  # fmt: skip
        form = form.replace(f"{{ja: {ja}}}", f"{{ja: {ja}, en: {en}}}")
    return form


def _ask_vendors(world: World) -> None:
    """The form of a vendor, with a link that nobody has opened yet; and another, whose link is open."""
    form = _in_both_languages(VENDOR_FORM).replace("備えの確認, en: Readiness", "事業者の確認, en: Check of a vendor")
    edition = an_edition(by=world["officer"].viewer, now=world.now, form=form)
    world.ids["response-of-vendor"], world.secrets["answer-link"] = _linked(world, edition, "医療画像保守株式会社")
    world.ids["response-by-link"], secret = _linked(world, edition, "検査機器保守株式会社")
    world.secrets["answering-session"] = instruments.open_link(secret, now=world.now)[1]


def _linked(world: World, edition: Edition, name: str) -> tuple[Any, str]:
    """A response of a vendor, and the secret of its link."""
    now, manager, walk = world.now, world["manager"], world.hospitals["walk"]
    vendor = institutions.register_vendor(name, by=manager.account.pk, now=now)
    more = {"institution_id": walk.pk, "vendor_id": vendor.pk}
    institutions.link_vendor(**more, service="PACS", by=manager.account.pk, now=now)
    begun = instruments.open_response(edition.pk, **more, occasion="2025", by=manager.viewer, now=now)
    instruments.save_answers(begun.pk, {"gate": "yes"}, seen=0, by=manager.viewer, now=now)
    link = instruments.send_link(begun.pk, name="保守 太郎", address="hoshu@vendor.example", by=manager.viewer, now=now)
    path: str = Message.objects.get(key=f"answer-link:{link.pk}").context["path"]
    return begun.pk, path.rstrip("/").rpartition("/")[2]


def _inspect(world: World) -> None:
    """Visits in every state: one under way with a row in dispute, and one that is closed, with its corrections."""
    now, walk, by = world.now, world.hospitals["walk"], world["inspector"].viewer
    found: dict[str, Any] = {"value": "absent", "advice": "ひな形を使えます。", "due_on": (now + 500 * DAY).date()}
    before = now - DAY
    closed = visits.a_visit(walk, by=by, now=before)
    lacks = {"manager": "責任者の任命書がありません。", "bcp": "事業継続計画が古くなっています。"}
    visits.seen_in_full(closed, by=by, now=before, **{row: found | {"finding": said} for row, said in lacks.items()})
    for side in Side:
        visits.signed(closed, side, by=by, now=before)
    inspecting.close(closed.pk, by=by, now=before)
    first, second = closed.corrections.order_by("pk")
    inspecting.answer_correction(first.pk, text="任命書を作成しました。", by=world["manager"].viewer, now=now)
    running = visits.a_visit(walk, by=by, now=now)
    visits.note(running, [visits.an_entry("bcp", now=now, value="partly", note="訓練は未実施")], by=by, now=now)
    other = visits.an_entry("bcp", now=now, value="absent", note="計画書を未確認")
    inspecting.note_entries(running.pk, [other], device=visits.OTHER_DEVICE, by=by, now=now)
    near = Institution.objects.filter(jurisdiction_id=walk.jurisdiction_id, kind=InstitutionKind.HOSPITAL)
    there = near.exclude(pk=walk.pk).order_by("pk").first()
    assert there is not None, "more than one institution lies in the jurisdiction of the walk"
    planned = visits.a_visit(there, by=by, now=now, at=VisitState.PLANNED)
    announced = visits.a_visit(walk, by=by, now=now, at=VisitState.ANNOUNCED, next_year=True)
    world.ids |= {"visit": running.pk, "visit-planned": planned.pk, "visit-announced": announced.pk}
    world.ids |= {"visit-closed": closed.pk, "visit-row": "bcp", "plan-year": running.fiscal_year}
    world.ids |= {"correction": first.pk, "correction-open": second.pk}


def _take_visits_along(world: World) -> None:
    """For each language a hospital that is visited with tablets, and handed in its checklist before."""
    now = world.now
    for language in LANGUAGES:
        hospital, manager = world.hospitals[f"reporter-{language}"], world[f"reporter-{language}"].viewer
        inspector = world[f"visitor-{language}"].viewer
        visits.a_self_check(visits.a_form(by=inspector, now=now), hospital, by=manager, now=now - DAY)
        visit = visits.a_visit(hospital, by=inspector, now=now)
        world.ids[f"visit-{language}"] = visit.pk


def _conduct_surveys(world: World) -> None:
    """A survey that some hospitals have answered and others were called about; one being prepared, one being opened."""
    now, officer, walk = world.now, world["officer"].viewer, world.hospitals["walk"]
    edition = Edition.objects.current().get(instrument="hospital-survey", edition="R6")
    where = PopulationRule(prefectures=frozenset({Prefecture(walk.prefecture)}), population=Population.SYNTHETIC)
    said = {"edition_id": edition.pk, "rule": where}
    draft = campaigns.a_campaign(officer=officer, now=now - DAY, is_open=False, **said)
    being_opened = campaigns.a_campaign(officer=officer, now=now - DAY, is_open=False, **said)
    surveys.begin_opening(being_opened.pk, seen=being_opened.revision, by=officer, now=now)
    # Its first piece is written down; no worker runs here that would go on.
    surveys.freeze_some(being_opened.pk, now=now, limit=2)
    survey = campaigns.a_campaign(officer=officer, now=now - DAY, **said)
    other = follow_ups.follow_up(survey, officer).exclude(institution=walk).first()
    assert other is not None, "more than one hospital lies in the prefecture of the walk"
    surveys.note_call(
        other.pk, called_at=now - DAY / 2, outcome=CallOutcome.NEEDS_TIME, whom="架空 事務長", by=officer, now=now,
        next_on=(now + 3 * DAY).date(),
    )  # fmt: skip
    surveys.extend(other.pk, due_at=survey.closes_at + 7 * DAY, why="病棟の移転のため", by=officer, now=now)
    surveys.add_reminder_date(survey.pk, day=(now + 5 * DAY).date(), by=officer, now=now)
    form = an_edition(by=officer, now=now - DAY, form=_in_both_languages(FORM))
    titles = {"title_ja": "バックアップに係る調査", "title_en": "Survey of backups"}
    counted = campaigns.a_campaign(officer=officer, now=now - DAY, rule=where, edition_id=form.pk, **titles)
    for asked in follow_ups.follow_up(counted, officer):
        results.a_response_of(counted, asked.institution, "yes" if asked.pk % 3 else "no", now=now - DAY / 2)
    result = results.an_edition_of(counted, by=officer, now=now)
    publish(result.pk, by=officer, now=now)
    world.ids |= {"survey": survey.pk, "survey-draft": draft.pk, "asked": other.pk, "survey-opening": being_opened.pk}
    first = result.questions.order_by("position").first()
    assert first is not None, "the form asks something"
    # Somebody altered a figure at the machine: counting again has something to show.
    counts = [[*row[:-1], row[-1] + 1] for row in first.cube().counts]
    result.questions.filter(pk=first.pk).update(counts=counts_written(counts))
    recount = recounts.begin_recount(result.pk, by=officer, now=now)
    recounts.carry_out(recount.pk, now=now)
    waiting = recounts.begin_recount(result.pk, by=officer, now=now)
    # No job was ever queued for it: the page says that it has stopped.
    begin_edition(counted.pk, stage=ResultStage.PRELIMINARY, as_of=now - DAY / 4, by=officer, now=now)
    world.ids |= {"survey-counted": counted.pk}
    world.ids |= {"result": result.pk, "result-question": 1, "recount": recount.pk, "recount-waiting": waiting.pk}


def _run_machine(world: World) -> None:
    """Tokens, invitations, outgoing messages: what administrators look at."""
    now, manager = world.now, world["manager"].viewer
    access.issue_program_token(
        "資産管理の連携",
        institution_id=world.hospitals["walk"].pk,
        scopes=[Permission.ASSET_CHANGE],
        by=manager,
        now=now,
    )
    invitation, secret = access.invite_to_role(
        "invited@example.jp", name="招待 待子", role=Role.STAFF, at=_at(world.hospitals["walk"]), by=manager, now=now
    )
    endpoint, _secret = notifications.register_endpoint(
        "https://siem.example.jp/sonae", institution_id=world.hospitals["walk"].pk, by=manager, now=now - DAY
    )
    message = notifications.queue_trial(endpoint.pk, by=manager, now=now - DAY)
    world.ids |= {
        "invitation": invitation.pk, "endpoint": endpoint.pk, "message": message.pk,
        "job": _a_job(),
    }  # fmt: skip
    world.secrets["invitation"] = secret
    own = access.invite_to_role(
        world["colleague"].account.email, name="架空 看子", role=Role.EXECUTIVE, at=_at(world.hospitals["walk"]),
        by=manager, now=now,
    )  # fmt: skip
    world.secrets["invitation-own"] = own[1]


def _a_job() -> Any:
    job = DBTaskResult.objects.order_by("enqueued_at").first()
    assert job is not None, "issuing a bulletin has queued a job"
    return job.pk


def _fall_late(world: World) -> None:
    """Duties that institutions all over the country are late with, so that an officer has something to look at."""
    codes = sorted(set(Institution.objects.values_list("prefecture", flat=True)))
    taken = [one.pk for one in world.hospitals.values()]
    late: list[int] = []
    for place, code in enumerate(codes):
        rows = Institution.objects.filter(prefecture=code).exclude(pk__in=taken).order_by("pk")
        late += rows.values_list("pk", flat=True)[: LATE[place % len(LATE)]]
    duties.impose_many(
        "checklist.complete", institution_ids=late, subject="checklist", subject_id=2026, facts={"year": 2026},
        known_at=world.now - 90 * DAY, due_at=world.now - 6 * DAY, now=world.now - 89 * DAY,
    )  # fmt: skip
    walk = world.hospitals["walk"]
    duties.impose(
        "checklist.complete", institution_id=walk.pk, subject="checklist", subject_id=2026, facts={"year": 2026},
        known_at=world.now - 30 * DAY, due_at=world.now + 20 * DAY, now=world.now - 30 * DAY,
    )  # fmt: skip
    own = Duty.objects.filter(institution=walk)
    world.ids["duty"] = own.get(rule="sighting.respond", state="open").pk
    world.ids["duty-done"] = own.exclude(state="open").first().pk
    world.ids["duty-late"] = Duty.objects.filter(institution_id=late[0]).first().pk


def main(target: Path) -> None:
    target.write_text(json.dumps(build().facts(), ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
