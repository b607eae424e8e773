from django.urls import path

from sonae.prevention.inspections.tablet.account import of_own_account
from sonae.prevention.inspections.visits import correction_views, plan_views, tablet_views, visit_views

app_name = "visits"
urlpatterns = [
    path("", visit_views.index, name="list"),
    path("plan/", plan_views.index, name="plan"),
    path("plan/<int:year>/<int:institution_id>/", plan_views.candidate, name="candidate"),
    path("corrections/", correction_views.index, name="corrections"),
    path("corrections/<uuid:correction_id>/", correction_views.detail, name="correction"),
    path("corrections/<uuid:correction_id>/answer/", correction_views.answer, name="answer"),
    path("corrections/<uuid:correction_id>/acceptance/", correction_views.accept, name="accept"),
    path("corrections/<uuid:correction_id>/return/", correction_views.send_back, name="send-back"),
    path("<uuid:visit_id>/", visit_views.detail, name="detail"),
    path("<uuid:visit_id>/report.<str:form>", visit_views.report_file, name="report"),
    path("<uuid:visit_id>/assessment-results/", visit_views.results, name="assessment-results"),
    path("<uuid:visit_id>/plan-of-action/", visit_views.plan, name="plan-of-action"),
    path("<uuid:visit_id>/arrangement/", visit_views.arrange, name="arrange"),
    path("<uuid:visit_id>/announcement/", visit_views.announce, name="announce"),
    path("<uuid:visit_id>/day/", visit_views.move, name="move"),
    path("<uuid:visit_id>/cancellation/", visit_views.cancel, name="cancel"),
    path("<uuid:visit_id>/start/", visit_views.start, name="start"),
    path("<uuid:visit_id>/rows/<path:item>/picture/", visit_views.photo, name="photo"),
    path("<uuid:visit_id>/rows/<path:item>/", visit_views.row, name="row"),
    path("<uuid:visit_id>/decisions/<uuid:entry_id>/", visit_views.decide, name="decide"),
    path("<uuid:visit_id>/signature/", visit_views.sign, name="sign"),
    path("<uuid:visit_id>/closing/", visit_views.close, name="close"),
    path("<uuid:visit_id>/pack/", of_own_account(tablet_views.pack_of), name="pack"),
    path("<uuid:visit_id>/records/", of_own_account(tablet_views.records), name="records"),
    path("<uuid:visit_id>/conflicts/<uuid:entry_id>/", of_own_account(tablet_views.conflict), name="conflict"),
    path("<uuid:visit_id>/photos/", of_own_account(tablet_views.photos), name="photos"),
    path("<uuid:visit_id>/signatures/", of_own_account(tablet_views.signatures), name="signatures"),
]
