from sonae.core.institutions.slip import Slip


def test_who_waits_reads_what_who_works_wrote_and_the_other_way_round(tmp_path):
    working, waiting = Slip(tmp_path / "imports" / "7"), Slip(tmp_path / "imports" / "7")
    assert waiting.percent == 0 and working.is_wanted
    waiting.ask_to_stop()
    working.reach(73)
    assert waiting.percent == 73 and not working.is_wanted
    working.tear_up()
    working.tear_up()
    assert not list((tmp_path / "imports").iterdir())
    assert waiting.percent == 0 and working.is_wanted


def test_a_slip_that_cannot_be_read_says_nothing(tmp_path):
    (tmp_path / "7.percent").write_text("half")
    assert Slip(tmp_path / "7").percent == 0
