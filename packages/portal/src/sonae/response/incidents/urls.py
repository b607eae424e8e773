from django.urls import path

from sonae.core.documents.vocabulary import Kind
from sonae.response.incidents import views

app_name = "incidents"
urlpatterns = [
    path("", views.index, name="list"),
    path("report/", views.report, name="report"),
    path("report/draft/", views.save_draft, name="save-draft"),
    path("report/draft/removal/", views.discard_draft, name="discard-draft"),
    path("indicators/<uuid:pk>/removal/", views.remove_indicator, name="remove-indicator"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/receipt/", views.receipt, name="receipt"),
    path("<uuid:pk>/receipt.pdf", views.receipt_file, {"kind": Kind.PDF}, name="receipt-pdf"),
    path("<uuid:pk>/receipt.docx", views.receipt_file, {"kind": Kind.DOCX}, name="receipt-docx"),
    path("<uuid:pk>/statements/", views.state, name="state"),
    path("<uuid:pk>/steps/", views.answer_step, name="answer-step"),
    path("<uuid:pk>/notes/", views.add_note, name="note"),
    path("<uuid:pk>/phase/", views.move, name="move"),
    path("<uuid:pk>/indicators/", views.add_indicators, name="add-indicators"),
    path("<uuid:pk>/indicators/extraction/", views.extract, name="extract"),
    path("<uuid:pk>/indicators/confirmation/", views.confirm, name="confirm"),
]
