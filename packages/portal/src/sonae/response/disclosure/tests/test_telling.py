import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.institutions import services as register
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import folding, places, rules, telling
from sonae.response.disclosure.tests import innocent
from sonae.response.disclosure.tests.test_rules import GOOD
from sonae.response.disclosure.vocabulary import Identity, Mark
from sonae.testing.processor import at_most

TOKUSHIMA = Identity(
    names=("つるぎ町立半田病院",),
    readings=("ツルギチョウリツハンダビョウイン",),
    places=("美馬郡", "つるぎ町", "徳島県", "徳島", "Tokushima"),
    hosts=("handa-hospital.example",),
    beds=(120,),
    people=("半田 守",),
    vendors=("阿波医療システム",),
)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("半田病院で発生しました", Mark.NAME),
        ("つ る ぎ 町 立 半 田 病 院", Mark.NAME),
        ("ﾂﾙｷﾞﾁｮｳﾘﾂﾊﾝﾀﾞﾋﾞｮｳｲﾝ", Mark.READING),
        ("つるぎちょうりつはんだびょういん", Mark.READING),
        ("徳島の病院です", Mark.PLACE),
        ("A hospital in TOKUSHIMA was hit.", Mark.PLACE),
        ("HANDA-hospital.example から", Mark.WEBSITE),
        ("許可病床数は１２０床です", Mark.BEDS),
        ("a 120-bed hospital", Mark.BEDS),
        ("担当は半田守さんです", Mark.CONTACT),
        ("阿波医療システムの回線から", Mark.VENDOR),
        ("１０月３１日に発生", Mark.DAY),
        ("on 2021-10-31", Mark.DAY),
        ("on 31 October", Mark.DAY),
        ("on October 31, at night", Mark.DAY),
        ("電話は0883-00-0000", Mark.CONTACT),
        ("mail info@clinic.example", Mark.CONTACT),
        ("from 203.0.113.7", Mark.CONTACT),
        ("半\u200b田病院です", Mark.NAME),
        ("半・田・病・院です", Mark.NAME),
        ("半\u3164田病院です", Mark.NAME),
        ("徳\u00ad島の病院です", Mark.PLACE),
        ("10\u200b月31日に発生", Mark.DAY),
    ],
)
def test_a_text_that_could_tell_whose_attack_it_was_is_found_out(text, mark):
    # The host is also looked for as it stands, so that it is found in any writing.
    assert mark in {found.mark for found in telling.marks_in(text, TOKUSHIMA)}


@pytest.mark.parametrize(
    "text",
    [
        "VPN装置の脆弱性を悪用されました。更新の適用をお願いします。",
        "An unpatched VPN device was used. Please install the update and change every password.",
        "200床以上の病院では、バックアップの切り離しを確認してください。",
        "2026年11月に報告がありました。",
        "",
    ],
)
def test_a_text_that_tells_nothing_passes(text):
    assert rules.names_nobody(replace(GOOD, marks=telling.marks_in(text, TOKUSHIMA))).ok


@pytest.mark.parametrize("text", [text for text in innocent.TEXTS if not text.startswith(("Windows", "さくら"))])
def test_most_innocent_texts_ask_nothing_of_the_releaser(text):
    assert len(telling.marks_in(text, Identity())) <= 1


def test_another_institution_is_found_out_as_well():
    assert (
        telling.marks_in("中央総合病院とは別の病院です", Identity(), others=["中央総合病院"])[0].mark
        is Mark.OTHER_INSTITUTION
    )


@pytest.mark.parametrize(
    ("kind", "value", "own"),
    [
        (IndicatorKind.DOMAIN, "handa-hospital.example", True),
        (IndicatorKind.DOMAIN, "mail.handa-hospital.example", True),
        (IndicatorKind.DOMAIN, "handa-hospital.example.evil.example", False),
        (IndicatorKind.URL, "https://handa-hospital.example/a", True),
        (IndicatorKind.URL, "https://203.0.113.5/a", False),
        (IndicatorKind.EMAIL, "a@handa-hospital.example", True),
        (IndicatorKind.EMAIL, "a@evil.example", False),
        (IndicatorKind.IPV4, "203.0.113.5", False),
        (IndicatorKind.SHA256, "0" * 64, False),
    ],
)
def test_the_institutions_own_names_are_no_indicators(kind, value, own):
    assert telling.is_the_victims(kind, value, TOKUSHIMA) is own


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("https://leaks.example/victims/つるぎ町立半田病院", True),
        ("https://leaks.example/%E5%8D%8A%E7%94%B0%E7%97%85%E9%99%A2.zip", True),
        ("xn--tkru20f1maj19h.example", True),
        ("handa-hospital.example.evil.example", True),
        ("https://leaks.example/?of=HANDA_Hospital", True),
        ("https://leaks.example/login", False),
        ("hospital-update.example", False),
        ("0" * 64, False),
    ],
)
def test_an_indicator_may_not_name_whose_attack_it_was(value, names):
    identity = replace(TOKUSHIMA, names=(*TOKUSHIMA.names, "Handa Hospital"))
    assert telling.names_the_victim(value, identity) is names


def test_the_word_hospital_is_nobodys_name():
    assert telling.marks_in("A hospital was attacked.", Identity(names=("Handa Hospital",))) == ()
    assert telling.marks_in("Handa hospital was attacked.", Identity(names=("Handa Hospital",)))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("医療法人社団　青空会　青空病院", "青空病院"),
        ("医療法人青空病院", "青空病院"),
        ("独立行政法人国立病院機構", "国立病院機構"),
    ],
)
def test_a_name_is_also_known_without_its_corporate_form(name, form):
    assert form in telling.spoken_forms(name)


def all_in(text, **of):
    return telling.marks_in(text, Identity(**of))


def certain_in(text, **of):
    return [found for found in all_in(text, **of) if found.is_certain]


HANDA = {"names": ("つるぎ町立半田病院",), "readings": ("ツルギチョウリツハンダビョウイン",)}


@pytest.mark.parametrize(
    "text",
    [
        "はんだ病院が攻撃を受けた",
        "当院ははんだ病院です",
        "ハンダ病院",
        "はんだびょういん",
        "Handa Hospital was attacked",
        "Tsurugi Municipal Handa Hospital",
        "handa-byouin",
        "HANDAHOSPITAL",
        "H a n d a hospital",
        "Hаnda Hospital",
        "Handa was hit",
        "ﾊﾝﾀﾞ医院",
        "つるぎちょうりつはんだ",
    ],
)
def test_the_reading_hides_no_name(text):
    assert certain_in(text, **HANDA)


@pytest.mark.parametrize("text", ["by hand a technician", "Hondaの病院", "判断された病院", "beyond the hospital"])
def test_what_only_sounds_a_little_like_it_passes(text):
    assert not certain_in(text, **HANDA)


def test_a_name_within_other_kana_is_for_a_person_to_judge():
    found = all_in("被害はありませんでした", names=("有馬病院",), readings=("アリマビョウイン",))
    assert [(one.mark, one.is_certain) for one in found] == [(Mark.READING, False)]


@pytest.mark.parametrize(
    "name", ["Hаnda Hospital", "Нanda Hospital", "Ηanda Hospital", "Handɑ Hospital", "Hánda Hospital"]
)
def test_letters_that_look_alike_hide_no_name(name):
    assert certain_in(name, names=("Handa Hospital", "半田病院"))


@pytest.mark.parametrize(
    "text",
    [
        "120病床の病院",
        "病床数は120",
        "許可病床数:120",
        "120 licensed beds",
        "ベッド数120",
        "百二十床",
        "一二〇床",
        "病床数は百二十",
    ],
)  # fmt: skip
def test_the_exact_number_of_beds_in_plain_words(text):
    assert Mark.BEDS in {found.mark for found in certain_in(text, beds=(120,))}


@pytest.mark.parametrize(
    "text", ["November 23rd", "the 23rd of November", "23-Nov-2026", "十一月二十三日", "11/23に発生", "2026年11月23日"]
)
def test_an_exact_day_in_any_writing(text):
    assert Mark.DAY in {found.mark for found in certain_in(text)}


@pytest.mark.parametrize(
    "text",
    [
        "info [at] handa-hp.jp", "handa-hp.jp に接続", "hxxp://handa-hp[.]jp/", "handa-hp[.]jp", "+81-883-64-3145",
        "2001:db8::5", "203.0.113[.]7",
    ],
)  # fmt: skip
def test_an_address_in_any_disguise(text):
    assert Mark.CONTACT in {found.mark for found in certain_in(text)}


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("23日の未明に", Mark.NUMBER),
        ("1/3の病院", Mark.NUMBER),
        ("10:30:00 に", Mark.NUMBER),
        ("48 hours", Mark.NUMBER),
        ("about twenty servers", Mark.NUMBER),
        ("Medicom社の製品", Mark.FOREIGN_WORD),
        ("They called Medicom at once.", Mark.FOREIGN_WORD),
        ("the vеndor", Mark.FOREIGN_WORD),
        ("地域で唯一の病院", Mark.SINGLES_OUT),
        ("県立の精神科病院", Mark.SINGLES_OUT),
        ("the only university hospital of the region", Mark.SINGLES_OUT),
    ],
)
def test_what_no_list_can_decide_is_for_a_person_to_judge(text, mark):
    found = all_in(text)
    assert mark in {one.mark for one in found}
    assert not [one for one in found if one.is_certain]


@pytest.mark.parametrize("text", ["CVE-2024-12345 を悪用", "The VPN at the firewall", "一般的な三重の対策", "一時的に"])
def test_what_warnings_are_made_of_asks_nothing(text):
    assert all_in(text) == ()


def test_a_number_too_long_to_be_one_is_no_trouble():
    assert len(all_in("⑳" * 2_200 + "床", beds=(120,))[0].text) <= telling.MOST_LETTERS


def test_a_vendor_is_known_without_its_corporate_form():
    found = certain_in("岡山医療システムズの保守回線から", vendors=("岡山医療システムズ株式会社",))
    assert {one.mark for one in found} == {Mark.VENDOR}


def test_a_town_of_kana_is_named_perhaps_and_surely_with_its_last_sign():
    assert not certain_in("さくらの季節", places=("さくら市", "さくら"))
    assert certain_in("さくら市の病院", places=("さくら市", "さくら"))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("http://leaks.example/posts/bizen-gosei-hospital", True),
        ("http://leaks.example/posts/bizengousei_2026", True),
        ("bizengoseihp.example", True),
        ("http://leaks.example/posts/bizen", False),
        ("ab" * 32, False),
    ],
)
def test_pages_of_extortioners_name_in_latin_letters(value, names):
    identity = Identity(names=("備前合成病院",), readings=("ビゼンゴウセイビョウイン",))
    assert telling.names_the_victim(value, identity) is names


@pytest.mark.parametrize(
    ("kind", "value", "own"),
    [
        (IndicatorKind.IPV4, "198.51.100.7", True),
        (IndicatorKind.IPV4, "198.51.101.7", False),
        (IndicatorKind.CIDR, "198.51.0.0/16", True),
        (IndicatorKind.URL, "http://198.51.100.7/a", True),
        (IndicatorKind.IPV6, "2001:db8::1", True),
        (IndicatorKind.URL, "http://[2001:db8:1::1]/a", False),
    ],
)
def test_the_institutions_own_networks_are_no_indicators(kind, value, own):
    identity = Identity(networks=("198.51.100.0/24", "2001:db8::/64"))
    assert telling.is_the_victims(kind, value, identity) is own


# --- any name of the synthetic sector, in any of its spellings -------------------------------------------------------

SECTOR = list(register.synthetic_sector(400, seed=7))
KANJI = str.maketrans("0123456789", "〇一二三四五六七八九")


@given(st.sampled_from(SECTOR), st.data())
@settings(max_examples=150, deadline=None)
def test_any_name_of_the_sector_is_found_in_any_of_its_spellings(row, data):
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
    spelled = data.draw(
        st.sampled_from(
            [
                row.name,
                row.name.translate(wide),
                row.name.translate(KANJI),
                "・".join(row.name),
                row.name_kana,
                "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in row.name_kana),
                row.name_latin,
                row.name_latin.upper(),
                row.name_latin.replace("i", "і").replace("o", "ο"),
                folding.sound(row.name_kana),
                row.name_kana.replace("カクウダイ", "Kakuudai ").replace("ビョウイン", " Byoin"),
            ]
        )
    )
    around = data.draw(st.sampled_from(["{}が攻撃を受けた。", "昨日、{}で", "We heard that {} was hit.", "{}"]))
    identity = Identity(names=(row.name, row.name_latin), readings=(row.name_kana,))
    assert [one for one in telling.marks_in(around.format(spelled), identity) if one.is_certain]


@given(st.sampled_from(SECTOR), st.sampled_from(innocent.TEXTS))
@settings(max_examples=150, deadline=None)
def test_ordinary_sentences_are_refused_for_nobody(row, text):
    identity = Identity(
        names=(row.name, row.name_latin),
        readings=(row.name_kana,),
        places=places.municipality_names(row.address),
        beds=(row.beds.total or 0,),
    )
    assert not [one for one in telling.marks_in(text, identity) if one.is_certain]


REGISTER = Path(__file__).parents[7].parent / "shared" / "data" / "japan" / "mhlw"


@pytest.mark.skipif(not REGISTER.exists(), reason="the ministry's file is not here")
def test_no_name_of_the_real_register_stands_in_an_ordinary_sentence():
    archive = zipfile.ZipFile(next(REGISTER.glob("*hospital*.zip")))
    with archive.open(archive.namelist()[0]) as file:
        rows = list(csv.reader(io.TextIOWrapper(file, "utf-8-sig")))[1:]
    text = folding.fold("\n".join(innocent.TEXTS))
    refused = []
    for row in rows[::10]:
        identity = Identity(
            names=tuple(filter(None, (row[1], row[3], row[5]))),
            readings=tuple(filter(None, (row[2], row[4]))),
            places=places.municipality_names(row[9]),
        )
        refused += [(row[1], found) for found in telling.names_in(text, identity) if found.is_certain]
    assert not refused


@pytest.mark.parametrize("repeated", ["a", "1", "-", "1-", "a.", "a:", "a@"])
def test_the_time_for_a_text_grows_with_its_length_not_with_the_square(repeated: str) -> None:
    # Ten times what a text may have: looking at it from every letter anew would take minutes.
    with at_most(10):
        telling.marks_in((repeated * 40_000)[:40_000], TOKUSHIMA)
