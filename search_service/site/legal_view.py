"""What the operator states, as flat data for imprint, privacy page and accessibility statement, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from search_service.operator_details import Accessibility, Conformance, Imprint, Operator, Privacy
from search_service.typesetting import german_date

_CONFORMANCE_TEXTS = {
    Conformance.FULL: "conformance_full",
    Conformance.PARTIAL: "conformance_partial",
    Conformance.NONE: "conformance_none",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One labelled statement."""

    label: str
    lines: tuple[str, ...]  # at least one
    link: str | None = None  # where the text leads, such as "mailto:…"


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a page must tell and the operator has not stated."""

    missing: tuple[str, ...]  # German names; empty: complete
    is_empty: bool  # whether nothing at all is stated


@dataclass(frozen=True, slots=True)
class ImprintView:
    """The imprint."""

    gaps: Gaps
    details: tuple[Detail, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrivacyView:
    """The parts of the privacy page that differ from house to house; empty lines where nothing is stated."""

    gaps: Gaps
    controller: tuple[Detail, ...]
    log_days: str | None  # "14 Tagen", after "nach"; None: not stated
    keeps_logs: bool
    server_logs: tuple[str, ...]
    hosting: tuple[str, ...]
    legal_basis: str
    supervisory_authority: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessibilityView:
    """The accessibility statement."""

    gaps: Gaps
    conformance: str | None  # name of the text that tells it; None: not stated
    law: str
    barriers: tuple[str, ...]
    is_without_barriers: bool  # whether the operator says that there are none
    making: tuple[Detail, ...]
    contact: tuple[Detail, ...]
    enforcement: tuple[str, ...]
    paragraphs: tuple[str, ...]


def view_imprint(operator: Operator) -> ImprintView:
    """Return the imprint."""
    stated = operator.imprint
    details = [
        *_list_address("Anbieter", stated),
        *_detail("Vertreten durch", *stated.representatives),
        *_list_contact(stated),
        *_detail("Register", *filter(None, (stated.register, stated.register_number))),
        *_detail("Umsatzsteuer-Identifikationsnummer", stated.vat_id),
        *_detail("Verantwortlich für den Inhalt nach § 18 Abs. 2 MStV", *stated.responsible.splitlines()),
    ]
    missing = _name_missing_address(stated)
    if stated.legal_form and not stated.representatives:
        missing.append("Vertretungsberechtigte")
    if stated.representatives and not stated.legal_form:
        missing.append("Rechtsform")
    if stated.register and not stated.register_number:
        missing.append("Registernummer")
    if stated.register_number and not stated.register:
        missing.append("Register")
    return ImprintView(Gaps(tuple(missing), stated == Imprint()), tuple(details), stated.paragraphs)


def view_privacy(operator: Operator) -> PrivacyView:
    """Return what the privacy page takes from the operator; who is responsible stands in the imprint."""
    stated = operator.privacy
    controller = [
        *_list_address("Verantwortlich", operator.imprint),
        *_list_contact(operator.imprint),
        *_detail("Kontakt für den Datenschutz", *stated.data_protection_officer.splitlines()),
    ]
    missing = _name_missing_address(operator.imprint) + _name_empty(
        ("Rechtsgrundlage", stated.legal_basis),
        ("Aufbewahrung der Protokolle", stated.log_days is not None),
        ("Protokolle des vorgeschalteten Webservers", stated.server_logs),
        ("Datenschutz-Aufsichtsbehörde", stated.supervisory_authority),
    )
    days = None if stated.log_days is None else "1 Tag" if stated.log_days == 1 else f"{stated.log_days} Tagen"
    return PrivacyView(
        gaps=Gaps(tuple(missing), stated == Privacy() and operator.imprint == Imprint()),
        controller=tuple(controller),
        log_days=days,
        keeps_logs=stated.log_days != 0,
        server_logs=_part(stated.server_logs),
        hosting=_part(stated.hosting),
        legal_basis=stated.legal_basis,
        supervisory_authority=_part(stated.supervisory_authority),
        paragraphs=stated.paragraphs,
    )


def view_accessibility(operator: Operator) -> AccessibilityView:
    """Return the accessibility statement."""
    stated = operator.accessibility
    missing = _name_empty(
        ("Maßgebliche Vorschriften", stated.law),
        ("Stand der Vereinbarkeit", stated.status),
        ("Nicht barrierefreie Inhalte", stated.barriers or stated.status in (None, Conformance.FULL)),
        ("Tag der Erklärung", stated.stated_on),
        ("Verfahren der Bewertung", stated.method),
        ("Kontakt für Rückmeldungen", stated.contact),
        ("Stelle für das Durchsetzungsverfahren", stated.enforcement),
    )
    return AccessibilityView(
        gaps=Gaps(tuple(missing), stated == Accessibility()),
        conformance=_CONFORMANCE_TEXTS[stated.status] if stated.status else None,
        law=stated.law,
        barriers=stated.barriers,
        is_without_barriers=stated.status is Conformance.FULL,
        making=(
            *_detail("stated_on", german_date(stated.stated_on) if stated.stated_on else ""),
            *_detail("method", *stated.method.splitlines()),
        ),
        contact=_detail("Kontakt", *stated.contact.splitlines()),
        enforcement=_part(stated.enforcement),
        paragraphs=stated.paragraphs,
    )


def _list_address(label: str, imprint: Imprint) -> Sequence[Detail]:
    whole = ", ".join(filter(None, (imprint.name, imprint.legal_form)))
    return _detail(label, whole, imprint.street, imprint.town)


def _list_contact(imprint: Imprint) -> Sequence[Detail]:
    dialled = "".join(sign for sign in imprint.phone if sign.isdigit() or sign == "+")
    return [
        *_detail("E-Mail", imprint.mail, link=f"mailto:{quote(imprint.mail, safe='@')}"),
        *_detail("Telefon", imprint.phone, link=f"tel:{dialled}"),
    ]


def _name_missing_address(imprint: Imprint) -> list[str]:
    return _name_empty(
        ("Name", imprint.name),
        ("Straße und Hausnummer", imprint.street),
        ("Postleitzahl und Ort", imprint.town),
        ("E-Mail-Adresse", imprint.mail),
    )


def _name_empty(*entries: tuple[str, object]) -> list[str]:
    return [label for label, value in entries if not value]


def _detail(label: str, *lines: str, link: str | None = None) -> tuple[Detail, ...]:
    """Return the statement, or nothing where no line says anything."""
    told = tuple(line.strip() for line in lines if line.strip())
    return (Detail(label, told, link),) if told else ()


def _part(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
