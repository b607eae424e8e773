import pytest

from sonae.response.disclosure import folding


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("半・田 病院", "半田病院"),
        ("ＨＡＮＤＡ", "handa"),
        ("はんだ", "ハンダ"),
        ("ﾊﾝﾀﾞ", "ハンダ"),
        ("Нandа", "Handa"),
        ("Ηanda", "Handa"),
        ("Handɑ", "Handa"),
        ("Hánda", "Handa"),
        ("力夕力ナ", "カタカナ"),
        ("ガ", "ガ"),
        ("髙﨑", "高崎"),
    ],
)
def test_spellings_of_one_name_have_one_key(one, other):
    assert folding.key(one) == folding.key(other)


@pytest.mark.parametrize(("one", "other"), [("カ", "ガ"), ("handa", "honda"), ("半田", "羽田")])
def test_other_names_have_another_key(one, other):
    assert folding.key(one) != folding.key(other)


@pytest.mark.parametrize(
    ("written", "figures"),
    [
        ("第百二十三病院", "第123病院"),
        ("第一二三病院", "第123病院"),
        ("第１２３病院", "第123病院"),
        ("二千二十六", "2026"),
        ("千葉", "1000葉"),
        ("一万二千", "12000"),
        ("十万", "100000"),
        ("〇", "0"),
    ],
)
def test_numerals_become_figures(written, figures):
    assert folding.key_in_figures(written) == figures


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("十一月二十三日", "11月23日"),
        ("百二十床", "120床"),
        ("病床数は百二十", "病床数は120"),
        ("三重の一般的な話", "三重の一般的な話"),
        ("唯一の", "唯一の"),
    ],
)
def test_only_numerals_that_count_something_are_numbers(text, plain):
    assert folding.counted_in_figures(text) == plain


@pytest.mark.parametrize(
    "spellings",
    [
        ("オオノ", "おおの", "Ohno", "Ōno", "Oono", "Ouno", "ono"),
        ("ジョウサイ", "Johsai", "Jousai", "Josai", "Zyousai", "jôsai"),
        ("シンバシ", "Shimbashi", "Shinbashi", "Sinbasi"),
        ("チュウオウ", "Chuo", "Chuou", "Chūō", "Tyuuou"),
        ("フジツカ", "Fujitsuka", "Huzituka", "fujituka"),
        ("ハットリ", "Hattori", "ﾊｯﾄﾘ"),
        ("マッチャ", "Matcha", "Maccha", "Mattya"),
        ("ビゼンゴウセイ", "Bizen-Gosei", "bizengousei"),
        ("ファミリー", "Famirii"),
        ("ヴィラ", "bira", "vila"),
    ],
)
def test_spellings_of_one_sound_sound_alike(spellings):
    assert len({folding.sound(one.replace("-", "")) for one in spellings}) == 1


def test_what_has_no_sound_is_silent():
    assert folding.sound("半田 ・ァ") == ""


@pytest.mark.parametrize(
    ("reading", "core"),
    [
        ("ツルギチョウリツハンダビョウイン", "handa"),
        ("イリョウホウジンアオゾラカイ　アオゾラビョウイン", "aozora"),
        ("イリョウホウジンシャダンミツキカイフクオカビョウイン", "hukuoka"),
        ("ナガハマシミンビョウイン", "nagahamasimin"),
        ("タカハシナイカクリニック", "takahasinaika"),
    ],
)
def test_a_reading_has_a_core_that_is_its_own(reading, core):
    assert core in folding.cores(reading)


@pytest.mark.parametrize("reading", ["", "ビョウイン", "アイビョウイン", " "])
def test_a_reading_of_two_sounds_has_no_core(reading):
    assert folding.cores(reading) == frozenset()


@pytest.mark.parametrize(
    ("name", "core"), [("Handa Hospital", "handa"), ("Red Cross Hospital", ""), ("HandaByoin", "handa"), ("", "")]
)
def test_a_latin_name_has_a_core(name, core):
    assert folding.latin_core(name) == core


def test_a_word_knows_whether_a_word_for_hospital_stands_beside_it():
    said = folding.words("Handa Hospital; somebody at home; ハンダ病院; ミナミ")
    assert [(word.sound, word.names_facility) for word in said if not word.is_generic] == [
        ("handa", True), ("somebody", True), ("at", False), ("home", False), ("handa", True), ("minami", False),
    ]  # fmt: skip


def test_letters_set_apart_are_one_word():
    assert [word.sound for word in folding.words("by H a n d a")] == ["by", "handa"]
