from django.urls import path

from sonae.core.instruments.views import answering, responses

app_name = "instruments"
urlpatterns = [
    path("instruments/", responses.editions, name="editions"),
    path("instruments/<uuid:edition_id>/", responses.edition, name="edition"),
    path("instruments/<uuid:edition_id>/responses/", responses.begin, name="begin"),
    path("responses/", responses.index, name="list"),
    path("responses/<uuid:response_id>/", responses.response, name="response"),
    path("responses/<uuid:response_id>/pages/<int:number>/", answering.page, name="page"),
    path("responses/<uuid:response_id>/sheet/", answering.sheet, name="sheet"),
    path("responses/<uuid:response_id>/workbook/", answering.workbook, name="workbook"),
    path("responses/<uuid:response_id>/workbook/file/", answering.workbook_file, name="workbook-file"),
    path("responses/<uuid:response_id>/clearing/", answering.clear, name="clear"),
    path("responses/<uuid:response_id>/colleague/", responses.hand_over, name="hand-over"),
    path("responses/<uuid:response_id>/submission/", responses.submit, name="submit"),
    path("responses/<uuid:response_id>/acceptance/", responses.accept, name="accept"),
    path("responses/<uuid:response_id>/return/", responses.send_back, name="return"),
]
