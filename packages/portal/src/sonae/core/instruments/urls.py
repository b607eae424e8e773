from django.urls import path

from sonae.core.instruments import views

app_name = "instruments"
urlpatterns = [
    path("instruments/", views.editions, name="editions"),
    path("instruments/<uuid:edition_id>/", views.edition, name="edition"),
    path("instruments/<uuid:edition_id>/responses/", views.begin, name="begin"),
    path("responses/", views.index, name="list"),
    path("responses/<uuid:response_id>/", views.response, name="response"),
    path("responses/<uuid:response_id>/pages/<int:number>/", views.page, name="page"),
    path("responses/<uuid:response_id>/sheet/", views.sheet, name="sheet"),
    path("responses/<uuid:response_id>/workbook/", views.workbook, name="workbook"),
    path("responses/<uuid:response_id>/workbook/file/", views.workbook_file, name="workbook-file"),
    path("responses/<uuid:response_id>/clearing/", views.clear, name="clear"),
    path("responses/<uuid:response_id>/colleague/", views.hand_over, name="hand-over"),
    path("responses/<uuid:response_id>/submission/", views.submit, name="submit"),
    path("responses/<uuid:response_id>/acceptance/", views.accept, name="accept"),
    path("responses/<uuid:response_id>/return/", views.send_back, name="return"),
]
