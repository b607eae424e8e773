"""A checklist is answered by two people at once, submitted, returned, corrected and accepted."""

import pytest

pytestmark = pytest.mark.browser


def saved(visitor):
    """What was entered last is saved: the note below the questions says when."""
    visitor.page.locator("[data-autosave-note]", has_text=":").wait_for()


def both_answer_one_question(first, second, whole):
    """A section appears with the answer before it; the second sees the first's answer and takes it."""
    first.open(f"{whole}pages/1/")
    first.page.locator("input[value=no]").check()
    saved(first)
    first.open(whole)
    assert first.page.locator("main a[href$='/pages/2/']").count() == 0
    first.open(f"{whole}pages/1/")
    first.page.locator("input[value=yes]").check()
    saved(first)
    first.press("Save and go to the next page")
    first.page.wait_for_url("**/pages/2/")
    second.open(f"{whole}pages/2/")
    # What the page before opened may have been filled in already, with this very answer.
    first.page.locator("input[value=no]").check()
    first.page.locator("input[value=yes]").check()
    saved(first)
    first.page.locator("input[type=date]").first.fill("2025-06-02")
    first.page.locator(
        "#q-1-note", has_not_text=first.words("Please enter the date on which this was checked.")
    ).wait_for()

    # Nothing is written over before they choose.
    assert not second.page.locator("input[type=date]").nth(1).is_visible()
    second.page.locator("input[value=no]").check()
    second.reads("Two people answered this. Which answer stands?")
    assert second.page.locator("input[type=date]").nth(1).is_visible()
    second.check("answering-conflict")
    second.page.locator("input[type=radio][value=theirs]").check()
    second.page.locator(".conflict").wait_for(state="detached")
    assert second.page.locator("input[value=yes]").is_checked()
    assert second.page.locator("input[type=date]").first.input_value() == "2025-06-02"


def nothing_else_is_asked(visitor, whole):
    """Without medical information systems the other answers are taken away."""
    visitor.open(f"{whole}pages/1/")
    visitor.page.locator("input[value=no]").check()
    saved(visitor)
    visitor.open(whole)
    visitor.page.on("dialog", lambda dialog: dialog.accept())
    visitor.press("Take away answers that are not asked for any more")
    visitor.reads("Nothing is missing.")


def test_two_answer_a_checklist_and_it_is_submitted_returned_and_accepted(visit, portal, language):
    first, second, officer = visit(f"reporter-{language}"), visit(f"reader-{language}"), visit("officer")
    first.open(f"/instruments/{portal.id('edition')}/")
    first.press("Begin or go on")
    first.page.wait_for_url("**/responses/*/")
    whole = first.path
    both_answer_one_question(first, second, whole)
    nothing_else_is_asked(second, whole)
    second.press("Submit the response")
    second.reads("The response is submitted. Thank you.")

    reason = "運用の有無をご確認ください。" if language == "ja" else "Please check whether systems are in use."
    officer.open(whole)
    officer.page.locator("textarea[name=reason]").fill(reason)
    officer.press("Return for correction")
    officer.reads("The response is returned. The institution can correct it now.")
    first.open(whole)
    first.page.locator("main .notice", has_text=reason).wait_for()
    first.check("answering-returned")
    first.press("Submit the response")
    first.reads("The response is submitted. Thank you.")
    officer.open(whole)
    officer.press("Accept the response")
    officer.reads("The response is accepted.")


def test_whoever_is_signed_out_meanwhile_is_told_so_and_loses_nothing(visit, portal, language):
    visitor = visit(f"finder-{language}")
    visitor.open(f"/instruments/{portal.id('edition')}/")
    visitor.press("Begin or go on")
    visitor.page.wait_for_url("**/responses/*/")
    visitor.open(f"{visitor.path}pages/1/")
    sessions = [one for one in visitor.context.cookies() if one["name"] == "sessionid"]
    visitor.context.clear_cookies(name="sessionid")
    visitor.page.locator("input[value=yes]").check()
    note = visitor.page.locator("[data-autosave-note]")
    note.get_by_text(visitor.words("Not saved: you are signed out. What you entered stays on this page.")).wait_for()
    assert visitor.page.locator("#signed-out").is_visible()
    # The script library tells the console of every refusal; this one was asked for.
    assert [one for one in visitor.complaints if "401" not in one] == []
    visitor.complaints.clear()
    assert visitor.page.locator("input[value=yes]").is_checked()

    # They sign in in another tab, by which the tokens change, and come back.
    visitor.context.add_cookies(sessions)
    visitor.context.clear_cookies(name="csrftoken")
    visitor.page.evaluate("dispatchEvent(new Event('focus'))")
    note.get_by_text(visitor.words("Not saved yet. You are signed in again: please press the save button.")).wait_for()
    assert not visitor.page.locator("#signed-out").is_visible()
    visitor.press("Save")
    visitor.reads("Your answers are saved.")
    assert visitor.page.locator("input[value=yes]").is_checked()
