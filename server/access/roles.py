"""The roles of staff and what each may do. This table is the whole of it; everything else asks it.

Coordinators, monitors and sponsors see states of days, never scores. Item values are open to the investigator, and to
whoever holds the separate right to export them. Administrators look after accounts and the server and read no answers.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is at a site, or everywhere."""

    COORDINATOR = "coordinator"
    INVESTIGATOR = "investigator"
    SPONSOR = "sponsor"
    MONITOR = "monitor"
    ADMINISTRATOR = "administrator"
    EXPORTER = "exporter"  # the separate right to hand out item values


class Permission(StrEnum):
    """One thing that not everybody may do."""

    SEE_STATES = "see_states"
    SEE_ANSWERS = "see_answers"
    SEE_CONTACT_DETAILS = "see_contact_details"
    SEE_TRAIL = "see_trail"
    SEE_SYSTEM = "see_system"
    SEE_STUDY = "see_study"
    REHEARSE_STUDY = "rehearse_study"
    SEE_ACCOUNTS = "see_accounts"
    ADD_PARTICIPANT = "add_participant"
    ISSUE_CODE = "issue_code"
    MANAGE_PHONE = "manage_phone"
    RECORD_FACT = "record_fact"
    EXCUSE_DAY = "excuse_day"
    EXCUSE_OLD_DAY = "excuse_old_day"
    LOG_CONTACT = "log_contact"
    REQUEST_CORRECTION = "request_correction"
    APPROVE_CORRECTION = "approve_correction"
    EXPORT_STATES = "export_states"
    EXPORT_ANSWERS = "export_answers"
    MANAGE_ACCOUNTS = "manage_accounts"
    SETTLE_SET_ASIDE = "settle_set_aside"
    ACCEPT_SET_ASIDE = "accept_set_aside"
    LOCK_DAYS = "lock_days"
    SIGN = "sign"
    TRANSCRIBE_PAPER = "transcribe_paper"
    SEE_INCIDENTS = "see_incidents"
    KEEP_INCIDENTS = "keep_incidents"


_SITE = frozenset({Role.COORDINATOR, Role.INVESTIGATOR})
_WATCHING = frozenset({Role.SPONSOR, Role.MONITOR})

HOLDERS: dict[Permission, frozenset[Role]] = {
    Permission.SEE_STATES: _SITE | _WATCHING,
    Permission.SEE_ANSWERS: frozenset({Role.INVESTIGATOR}),
    Permission.SEE_CONTACT_DETAILS: _SITE,
    Permission.SEE_TRAIL: frozenset({Role.INVESTIGATOR}) | _WATCHING,
    Permission.SEE_SYSTEM: _SITE | _WATCHING | {Role.ADMINISTRATOR},
    Permission.SEE_STUDY: _SITE | _WATCHING | {Role.ADMINISTRATOR, Role.EXPORTER},
    # Who answers for the protocol: the sponsor amends it, the investigator agrees. Only states and dates are shown.
    Permission.REHEARSE_STUDY: frozenset({Role.INVESTIGATOR, Role.SPONSOR}),
    Permission.SEE_ACCOUNTS: frozenset({Role.INVESTIGATOR, Role.MONITOR, Role.ADMINISTRATOR}),
    Permission.ADD_PARTICIPANT: _SITE,
    Permission.ISSUE_CODE: _SITE,
    Permission.MANAGE_PHONE: _SITE,
    Permission.RECORD_FACT: _SITE,
    Permission.EXCUSE_DAY: _SITE,
    Permission.EXCUSE_OLD_DAY: frozenset({Role.INVESTIGATOR}),
    Permission.LOG_CONTACT: _SITE,
    Permission.REQUEST_CORRECTION: _SITE,
    Permission.APPROVE_CORRECTION: frozenset({Role.INVESTIGATOR}),
    Permission.EXPORT_STATES: frozenset({Role.INVESTIGATOR, Role.EXPORTER}) | _WATCHING,
    Permission.EXPORT_ANSWERS: frozenset({Role.INVESTIGATOR, Role.EXPORTER}),
    Permission.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    Permission.SETTLE_SET_ASIDE: _SITE,
    Permission.ACCEPT_SET_ASIDE: frozenset({Role.INVESTIGATOR}),
    Permission.LOCK_DAYS: frozenset({Role.INVESTIGATOR}),
    Permission.SIGN: frozenset({Role.INVESTIGATOR}),
    Permission.TRANSCRIBE_PAPER: _SITE,
    # The controllers, sponsor and site, answer for them to the authority; a monitor inspects the log.
    Permission.SEE_INCIDENTS: frozenset({Role.INVESTIGATOR, Role.ADMINISTRATOR}) | _WATCHING,
    Permission.KEEP_INCIDENTS: frozenset({Role.ADMINISTRATOR}),
}

#: Who can change a site's data must not speak for the sponsor, at whichever sites.
CORRECTING = _SITE
SPONSORING = frozenset({Role.SPONSOR})


def may_hold_together(roles: Iterable[Role]) -> bool:
    """Whether one person may have all these roles."""
    held = set(roles)
    return not (held & CORRECTING and held & SPONSORING)
