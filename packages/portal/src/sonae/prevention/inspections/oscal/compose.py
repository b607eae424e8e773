"""Assessments as OSCAL 1.2.1 documents (NIST): assessment results, and the plan of action and milestones (POA&M).

Pure: the same assessment is the same document. Every uuid is made of the assessment's key and the key of the part
(RFC 9562, version 5), so that whoever takes a later document in recognises what they have.
"""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid5

from sonae.core.assurance import imported
from sonae.kernel.calendar import JST
from sonae.prevention.inspections.oscal.facts import Assessment, Finding, Observation, Risk, RiskStatus

OSCAL_VERSION = "1.2.1"
# Names of properties that OSCAL does not know itself.
NAMESPACE = "https://sonae.example/ns/oscal"
_IDS = UUID("5b1c5b0e-6d0b-5f0e-9a55-2f6f6b8f4c11")


def assessment_results(of: Assessment) -> dict[str, Any]:
    """The document `assessment-results`: what was observed of each row and what follows."""
    result = {
        "uuid": _id(of, "result"),
        "title": of.title,
        "description": of.description,
        "start": _moment(of.begun_at),
        "end": _moment(of.ended_at),
        "reviewed-controls": _reviewed(of),
        **_parts(of, of.observations, of.findings, of.risks),
    }
    return {
        "assessment-results": {
            "uuid": _id(of, f"assessment-results:{of.version}:{of.language}"),
            "metadata": _metadata(of, of.title),
            # There is no plan of its own: what was asked is the edition of the form, which the back matter names.
            "import-ap": {"href": f"#{_id(of, 'basis')}"},
            "results": [result],
            "back-matter": _back_matter(of),
        }
    }


def plan_of_action(of: Assessment) -> dict[str, Any]:
    """The document `plan-of-action-and-milestones`: what is still to be done, by when, and on what that rests.

    There has to be something: OSCAL knows no empty plan.
    """
    risks = [risk for risk in of.risks if risk.status is not RiskStatus.CLOSED]
    assert risks, "a plan is of something that is still to be done"
    keys = {risk.key for risk in risks}
    leaving = [finding for finding in of.findings if keys.intersection(finding.risks)]
    named = {key for finding in leaving for key in finding.observations}
    items = [_item(of, risk, [one for one in leaving if risk.key in one.risks]) for risk in risks]
    return {
        "plan-of-action-and-milestones": {
            "uuid": _id(of, f"plan-of-action:{of.version}:{of.language}"),
            "metadata": _metadata(of, of.plan_title),
            "system-id": {"identifier-type": NAMESPACE, "id": of.institution.code},
            **_parts(of, [one for one in of.observations if one.key in named], leaving, risks),
            "poam-items": items,
            "back-matter": _back_matter(of),
        }
    }


def _parts(
    of: Assessment, observations: Iterable[Observation], findings: Iterable[Finding], risks: Iterable[Risk]
) -> dict[str, Any]:
    """Observations, risks and findings, as far as there are any: OSCAL knows no empty list."""
    parts = {
        "observations": [_observation(of, one) for one in observations],
        "risks": [_risk(of, one) for one in risks],
        "findings": [_finding(of, one) for one in findings],
    }
    return {name: part for name, part in parts.items() if part}


def _metadata(of: Assessment, title: str) -> dict[str, Any]:
    parties = [
        {
            "uuid": _id(of, "institution"),
            "type": "organization",
            "name": of.institution.name,
            "props": [_prop("register-code", of.institution.code)],
        },
        *({"uuid": _id(of, f"person:{one.key}"), "type": "person", "name": one.name} for one in of.people),
    ]
    metadata: dict[str, Any] = {
        "title": title,
        "last-modified": _moment(of.changed_at),
        "version": of.version,
        "oscal-version": OSCAL_VERSION,
        "props": [_prop("language", of.language)],
        "parties": parties,
    }
    if of.roles:
        metadata["roles"] = [{"id": id_, "title": words} for id_, words in of.roles.items()]
        responsible = [
            {"role-id": id_, "party-uuids": [_id(of, f"person:{one.key}") for one in of.people if one.role == id_]}
            for id_ in of.roles
        ]
        metadata["responsible-parties"] = [one for one in responsible if one["party-uuids"]]
    return {name: part for name, part in metadata.items() if part}


def _reviewed(of: Assessment) -> dict[str, Any]:
    controls = sorted(
        {
            control
            for finding in of.findings
            for control in finding.controls
            # The address of somebody else's control is no token of OSCAL; the findings name it.
            if not imported.is_address(control)
        }
    )
    if not controls:
        return {"control-selections": [{"include-all": {}}]}
    return {"control-selections": [{"include-controls": [{"control-id": control} for control in controls]}]}


def _observation(of: Assessment, one: Observation) -> dict[str, Any]:
    found = {
        "uuid": _id(of, f"observation:{one.key}"),
        "title": one.title,
        "description": one.description,
        "methods": [one.method.value],
        "types": ["control-objective"],
        "subjects": [{"subject-uuid": _id(of, "institution"), "type": "party"}],
        "collected": _moment(one.collected_at),
    }
    return found | ({"remarks": one.remarks} if one.remarks else {})


def _finding(of: Assessment, one: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uuid": _id(of, f"finding:{one.key}"),
        "title": one.title,
        "description": one.description,
        "props": [_prop("control", control) for control in one.controls],
        "target": {
            "type": "objective-id",
            "target-id": one.target,
            "status": {"state": "satisfied" if one.is_satisfied else "not-satisfied"},
        },
        "related-observations": [{"observation-uuid": _id(of, f"observation:{key}")} for key in one.observations],
        "related-risks": [{"risk-uuid": _id(of, f"risk:{key}")} for key in one.risks],
    }
    return {name: part for name, part in found.items() if part}


def _risk(of: Assessment, one: Risk) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uuid": _id(of, f"risk:{one.key}"),
        "title": one.title,
        "description": one.description,
        "statement": one.statement,
        "status": one.status.value,
    }
    if one.due_on is not None:
        # Until the day is over where the institution lies.
        found["deadline"] = _moment(datetime.combine(one.due_on, time(23, 59, 59), JST))
    if one.due_on is not None or one.advice:
        found["remediations"] = [_remediation(of, one)]
    return found


def _remediation(of: Assessment, one: Risk) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uuid": _id(of, f"remediation:{one.key}"),
        "lifecycle": "planned" if one.due_on is not None else "recommendation",
        "title": one.title,
        "description": one.advice or one.statement,
    }
    if one.due_on is not None:
        day = datetime.combine(one.due_on, time(), JST)
        found["tasks"] = [
            {
                "uuid": _id(of, f"milestone:{one.key}"),
                "type": "milestone",
                "title": one.title,
                "timing": {"on-date": {"date": _moment(day)}},
            }
        ]
    return found


def _item(of: Assessment, risk: Risk, findings: list[Finding]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uuid": _id(of, f"item:{risk.key}"),
        "title": risk.title,
        "description": risk.description,
        "related-findings": [{"finding-uuid": _id(of, f"finding:{one.key}")} for one in findings],
        "related-observations": [
            {"observation-uuid": _id(of, f"observation:{key}")} for one in findings for key in one.observations
        ],
        "related-risks": [{"risk-uuid": _id(of, f"risk:{risk.key}")}],
    }
    return {name: part for name, part in found.items() if part}


def _back_matter(of: Assessment) -> dict[str, Any]:
    resource: dict[str, Any] = {"uuid": _id(of, "basis"), "title": of.basis.title, "description": of.basis.source}
    if of.basis.url:
        resource["rlinks"] = [{"href": of.basis.url}]
    return {"resources": [{name: part for name, part in resource.items() if part}]}


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _id(of: Assessment, part: str) -> str:
    return str(uuid5(_IDS, f"{of.key}/{part}"))


def _moment(moment: datetime) -> str:
    return moment.astimezone(JST).isoformat(timespec="seconds")
