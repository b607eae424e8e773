from django.urls import path
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation
from sonae.site.pages.institutions import corrections, counts, imports, views

app_name = "institutions"
urlpatterns = [
    path("", views.index, name="list"),
    path("counts/", counts.index, name="counts"),
    path("new/", views.register, name="register"),
    path("<int:institution_id>/", views.detail, name="detail"),
    path("<int:institution_id>/beds/", views.change_beds, name="beds"),
    path("<int:institution_id>/name/", corrections.rename, name="rename"),
    path("<int:institution_id>/merge/", corrections.merge, name="merge"),
    path("<int:institution_id>/contacts/new/", views.add_contact, name="add_contact"),
    path("<int:institution_id>/contacts/<int:contact_id>/end/", views.end_contact, name="end_contact"),
    path("<int:institution_id>/vendors/new/", views.link_vendor, name="link_vendor"),
    path("<int:institution_id>/vendors/<int:link_id>/end/", views.end_vendor_link, name="end_vendor_link"),
    path("<int:institution_id>/networks/new/", views.enter_network, name="enter_network"),
    path("<int:institution_id>/networks/<int:network_id>/end/", views.end_network, name="end_network"),
    path("imports/", imports.index, name="imports"),
    path("imports/new/", imports.upload, name="upload"),
    path("imports/<uuid:run_id>/", imports.detail, name="import"),
    path("imports/<uuid:run_id>/progress/", imports.progress, name="progress"),
    path("imports/<uuid:run_id>/cancel/", imports.cancel, name="cancel_import"),
]

navigation.register(
    navigation.NavItem(
        label=_("Register of institutions"),
        url_name="institutions:list",
        permission=Permission.REGISTER_READ,
        order=70,
        section=navigation.Section.SECTOR,
    )
)
navigation.register(
    navigation.NavItem(
        label=_("Numbers of institutions"),
        url_name="institutions:counts",
        permission=Permission.SECTOR_SEE,
        order=71,
        section=navigation.Section.SECTOR,
    )
)
navigation.register(
    navigation.NavItem(
        label=_("Imports"),
        url_name="institutions:imports",
        permission=Permission.REGISTER_IMPORT,
        order=72,
        section=navigation.Section.SECTOR,
    )
)
