from django.urls import path

from sonae.core.instruments.views import accepting, answering, attaching, forms, papers, responses, vendors, year_maps
from sonae.core.instruments.vocabulary import FileForm

app_name = "instruments"
urlpatterns = [
    path("instruments/", responses.editions, name="editions"),
    path("instruments/<uuid:edition_id>/", responses.edition, name="edition"),
    path("instruments/<uuid:edition_id>/xlsx/", forms.edition_file, {"form": FileForm.XLSFORM}, name="edition-xlsx"),
    path("instruments/<uuid:edition_id>/yaml/", forms.edition_file, {"form": FileForm.YAML}, name="edition-yaml"),
    path("instruments/<uuid:edition_id>/since/<uuid:earlier_id>/", year_maps.year_map, name="map"),
    path("instruments/<uuid:edition_id>/since/<uuid:earlier_id>/file/", year_maps.table, name="map-file"),
    path("instruments/<uuid:edition_id>/since/<uuid:earlier_id>/table/", year_maps.take_table, name="take-map"),
    path("instruments/<uuid:edition_id>/since/<uuid:earlier_id>/same/", year_maps.confirm_same, name="confirm-same"),
    path(
        "instruments/<uuid:edition_id>/since/<uuid:earlier_id>/questions/<path:question>/", year_maps.pair, name="pair"
    ),
    path("instruments/forms/", forms.index, name="drafts"),
    path("instruments/forms/versions/", forms.versions, name="versions"),
    path("instruments/forms/new/", forms.take_in, name="take-in"),
    path("instruments/forms/<uuid:draft_id>/", forms.draft, name="draft"),
    path("instruments/forms/<uuid:draft_id>/preview/", forms.preview, name="preview"),
    path("instruments/forms/<uuid:draft_id>/file/", forms.exchange, name="exchange-file"),
    path("instruments/forms/<uuid:draft_id>/original/", forms.draft_file, name="draft-file"),
    path("instruments/forms/<uuid:draft_id>/publication/", forms.publish, name="publish-draft"),
    path("instruments/forms/<uuid:draft_id>/withdrawal/", forms.withdraw, name="withdraw-draft"),
    path("instruments/<uuid:edition_id>/responses/", responses.begin, name="begin"),
    path("responses/", responses.index, name="list"),
    path("responses/acceptances/", accepting.accept_all, name="accept-all"),
    path("responses/acceptances/<uuid:acceptances_id>/", accepting.acceptances, name="acceptances"),
    path("responses/acceptances/<uuid:acceptances_id>/progress/", accepting.progress, name="accepting"),
    path("responses/acceptances/<uuid:acceptances_id>/cancellation/", accepting.cancel, name="cancel-accepting"),
    path("responses/acceptances/<uuid:acceptances_id>/again/", accepting.again, name="accept-again"),
    path("responses/<uuid:response_id>/", responses.response, name="response"),
    path("responses/<uuid:response_id>/pages/<int:number>/", answering.page, name="page"),
    path("responses/<uuid:response_id>/sheet/", answering.sheet, name="sheet"),
    path("responses/<uuid:response_id>/sheet/pdf/", papers.pdf, name="paper"),
    path("responses/<uuid:response_id>/sheet/xlsx/", papers.xlsx, name="copy"),
    path("responses/<uuid:response_id>/workbook/", answering.workbook, name="workbook"),
    path("responses/<uuid:response_id>/workbook/file/", answering.workbook_file, name="workbook-file"),
    path("responses/<uuid:response_id>/files/<path:question>/", attaching.attach, name="file"),
    path("responses/<uuid:response_id>/clearing/", answering.clear, name="clear"),
    path("responses/<uuid:response_id>/colleague/", responses.hand_over, name="hand-over"),
    path("responses/<uuid:response_id>/prefill/", responses.prefill, name="prefill"),
    path("responses/<uuid:response_id>/submission/", responses.submit, name="submit"),
    path("responses/<uuid:response_id>/acceptance/", responses.accept, name="accept"),
    path("responses/<uuid:response_id>/link/", vendors.send, name="send-link"),
    path("responses/<uuid:response_id>/reminder/", vendors.remind, name="remind"),
    path("responses/<uuid:response_id>/link/revocation/", vendors.revoke, name="revoke-links"),
    path("responses/<uuid:response_id>/vendor-return/", vendors.give_back, name="return-to-vendor"),
    path("responses/<uuid:response_id>/return/", responses.send_back, name="return"),
]
# The pages that the link of a vendor opens (namespace `answering`): a session of a link reaches these alone.
of_links = [
    path("answering/link/<str:secret>/", vendors.open_link, name="open"),
    path("answering/<uuid:response_id>/", vendors.response, name="response"),
    path("answering/<uuid:response_id>/pages/<int:number>/", vendors.page, name="page"),
    path("answering/<uuid:response_id>/sheet/", vendors.sheet, name="sheet"),
    path("answering/<uuid:response_id>/sheet/pdf/", vendors.paper, name="paper"),
    path("answering/<uuid:response_id>/sheet/xlsx/", vendors.copy, name="copy"),
    path("answering/<uuid:response_id>/workbook/", vendors.workbook, name="workbook"),
    path("answering/<uuid:response_id>/workbook/file/", vendors.workbook_file, name="workbook-file"),
    path("answering/<uuid:response_id>/clearing/", vendors.clear, name="clear"),
    path("answering/<uuid:response_id>/submission/", vendors.submit, name="submit"),
]
