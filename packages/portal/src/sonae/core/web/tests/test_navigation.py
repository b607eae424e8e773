import pytest
from django.urls import reverse

from sonae.core.access.vocabulary import Permission, PlaceKind
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.web import navigation
from sonae.core.web.navigation import NavItem, Section
from sonae.kernel.ids import new_id

REGISTERED = dict(navigation._registered)

OFFICER = Viewer(
    account_id=new_id(),
    roles=frozenset({Role.MINISTRY_OFFICER}),
    nation=True,
    grants=frozenset({(Role.MINISTRY_OFFICER, PlaceKind.NATION, None)}),
)
VENDOR = Viewer(
    account_id=new_id(), roles=frozenset({Role.VENDOR}), grants=frozenset({(Role.VENDOR, PlaceKind.VENDOR, 1)})
)


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    monkeypatch.setattr(navigation, "_registered", {})
    navigation.register(NavItem("Second", "account_change_password", None, 20))
    navigation.register(NavItem("First", "web:styleguide", None, 10))
    navigation.register(NavItem("Register", "mfa_index", Permission.REGISTER_READ, 70, Section.SECTOR))
    navigation.register(NavItem("Inside", "mfa_activate_totp", Permission.REGISTER_READ, 71, Section.SECTOR))


def labels(viewer, path="/nowhere/"):
    return [(group.section, [link.label for link in group.links]) for group in navigation.groups_for(viewer, path=path)]


def test_sections_come_in_their_order_and_entries_by_their_number():
    assert labels(OFFICER) == [(Section.TOP, ["First", "Second"]), (Section.SECTOR, ["Register", "Inside"])]


def test_nobody_sees_what_they_may_not_use_and_empty_sections_vanish():
    assert labels(VENDOR) == [(Section.TOP, ["First", "Second"])]


def test_without_a_sign_in_there_is_no_navigation():
    assert labels(Viewer.anonymous()) == []


def test_the_longest_matching_address_is_where_we_are():
    groups = navigation.groups_for(OFFICER, path=reverse("mfa_activate_totp"))
    assert [link.label for group in groups for link in group.links if link.is_current] == ["Inside"]
    assert [group.is_current for group in groups] == [False, True]
    below = navigation.groups_for(OFFICER, path=reverse("mfa_index") + "webauthn/")
    assert [link.label for group in below for link in group.links if link.is_current] == ["Register"]


def test_an_entry_can_be_replaced_and_taken_out():
    navigation.register(NavItem("Anew", "web:styleguide", None, 30))
    assert labels(VENDOR) == [(Section.TOP, ["Second", "Anew"])]
    navigation.unregister("web:styleguide")
    assert labels(VENDOR) == [(Section.TOP, ["Second"])]


@pytest.mark.parametrize("item", tuple(REGISTERED.values()), ids=lambda item: item.url_name)
def test_every_entry_of_the_real_navigation_leads_somewhere(item):
    assert reverse(item.url_name).startswith("/")
