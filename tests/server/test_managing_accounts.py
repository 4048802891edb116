"""Administrators look after the accounts of others, at their own sites, and never after their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused, RequestRefused, XerodiaryError
from server.access import invitations, managing, own_account, rights, sessions, staff
from server.access.account_facts import Happened
from server.access.acting import Acting, may, role_of
from server.access.invitations import Wanted
from server.access.rights import Right
from server.access.roles import Permission, Role
from server.alerts import account_mail
from server.db import accounts, site_facts
from server.db import invitations as kept
from server.db.accounts import Account
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.services import Services
from server.simulate.environment import SimulatedEnvironment

ALMA, OLE, CAROL, BOTH = "alma-id", "ole-id", "carol-id", "both-id"
DORTE = Wanted("dorte", "Dorte", "da", [(Role.COORDINATOR, "odense")])
NEW = "tre gule både sejler"

Act = Callable[[Connection, Services], object]


@pytest.fixture(autouse=True)
def cast(services: Services) -> None:
    """Alma administers the study, Ole Odense; Carol is at Copenhagen, somebody else at both sites."""
    held = [
        Right(ALMA, Role.ADMINISTRATOR, EVERYWHERE),
        Right(OLE, Role.ADMINISTRATOR, "odense"),
        Right(CAROL, Role.COORDINATOR, "copenhagen"),
        Right(BOTH, Role.COORDINATOR, "copenhagen"),
        Right(BOTH, Role.COORDINATOR, "odense"),
    ]
    with services.engine.begin() as connection:
        for one in (ALMA, OLE, CAROL, BOTH):
            accounts.add(connection, Account(one, one[:-3], one[:-3], "da", "x", services.environment.now()))
        for right in held:
            rights.give(connection, right, author="root", environment=services.environment)


def roles_of(services: Services, account: str) -> set[tuple[Role, str]]:
    with reading(services.engine) as connection:
        return {(right.role, right.site) for right in rights.rights_of(connection, account).held}


def do(services: Services, act: Act) -> object:
    return services.writer.run("", lambda connection: act(connection, services))


def refusal(services: Services, act: Act) -> XerodiaryError:
    with pytest.raises(XerodiaryError) as refused:
        do(services, act)
    return refused.value


def authors(services: Services, kind: Happened) -> list[tuple[str, str]]:
    with reading(services.engine) as connection:
        return [(fact.author, fact.body) for fact in site_facts.of_kinds(connection, [kind])]


def test_an_invitation_is_an_account_with_its_role_on_record(services: Services) -> None:
    invited = do(services, lambda connection, services: managing.invite(connection, services, DORTE, by=OLE))
    assert isinstance(invited, invitations.Invited)
    assert roles_of(services, invited.account.id) == {(Role.COORDINATOR, "odense")}
    assert authors(services, Happened.INVITED) == [(OLE, f'{{"account":"{invited.account.id}"}}')]


@pytest.mark.parametrize("site", ["copenhagen", EVERYWHERE])
def test_an_administrator_of_one_site_invites_to_no_other(services: Services, site: str) -> None:
    wanted = Wanted("dorte", "Dorte", "da", [(Role.COORDINATOR, site)])
    refused = refusal(services, lambda connection, services: managing.invite(connection, services, wanted, by=OLE))
    assert refused.code is Code.NOT_ALLOWED
    with reading(services.engine) as connection:
        assert accounts.of_username(connection, "dorte") is None


def test_nobody_is_invited_in_a_language_without_pages(services: Services) -> None:
    wanted = replace(DORTE, language="sv")
    refused = refusal(services, lambda connection, services: managing.invite(connection, services, wanted, by=OLE))
    assert refused.code is Code.SETTING_INVALID
    with reading(services.engine) as connection:
        assert accounts.of_username(connection, "dorte") is None


def test_a_site_that_is_none_is_refused(services: Services) -> None:
    right = Right(CAROL, Role.MONITOR, "aarhus")
    refused = refusal(services, lambda connection, services: managing.give(connection, services, right, by=ALMA))
    assert refused.code is Code.NOT_FOUND


def test_roles_are_given_and_taken(services: Services) -> None:
    right = Right(CAROL, Role.INVESTIGATOR, "odense")
    do(services, lambda connection, services: managing.give(connection, services, right, by=ALMA))
    assert (Role.INVESTIGATOR, "odense") in roles_of(services, CAROL)
    do(services, lambda connection, services: managing.take(connection, services, right, by=OLE))
    assert roles_of(services, CAROL) == {(Role.COORDINATOR, "copenhagen")}


def test_nobody_is_at_a_site_and_sponsor(services: Services) -> None:
    right = Right(CAROL, Role.SPONSOR, EVERYWHERE)
    with pytest.raises(CommandRefused, match="speak for the sponsor"):
        do(services, lambda connection, services: managing.give(connection, services, right, by=ALMA))


@pytest.mark.parametrize("role", Role)
def test_nobody_gives_themselves_a_role(services: Services, role: Role) -> None:
    right = Right(ALMA, role, "copenhagen")
    with pytest.raises(RequestRefused, match="their own account"):
        do(services, lambda connection, services: managing.give(connection, services, right, by=ALMA))


@pytest.mark.parametrize(
    "act", [managing.close, managing.new_link, managing.reset_second_factor, managing.end_sessions]
)
def test_nobody_does_it_to_themselves(services: Services, act: Callable[..., object]) -> None:
    refused = refusal(services, lambda connection, services: act(connection, services, ALMA, by=ALMA))
    assert refused.message == "Nobody changes their own account here."


@pytest.mark.parametrize(
    "act", [managing.close, managing.new_link, managing.reset_second_factor, managing.end_sessions]
)
@pytest.mark.parametrize(("by", "of"), [(OLE, CAROL), (OLE, BOTH), (OLE, ALMA), (CAROL, BOTH), ("mallory", CAROL)])
def test_nobody_does_it_to_accounts_that_are_not_theirs(
    services: Services, act: Callable[..., object], by: str, of: str
) -> None:
    refused = refusal(services, lambda connection, services: act(connection, services, of, by=by))
    assert refused.message == "You look after the accounts of other sites."


def test_a_closed_account_stays_closed(services: Services) -> None:
    invited = do(services, lambda connection, services: managing.invite(connection, services, DORTE, by=ALMA))
    assert isinstance(invited, invitations.Invited)
    account = invited.account.id
    do(services, lambda connection, services: managing.close(connection, services, account, by=ALMA))
    assert authors(services, Happened.CLOSED) == [(ALMA, f'{{"account":"{account}"}}')]
    refused = refusal(services, lambda connection, services: managing.new_link(connection, services, account, by=ALMA))
    assert refused.message == "This account is closed."
    with pytest.raises(RequestRefused, match="not known"):
        invitations.join(services, invited.code, NEW, "")


def test_one_link_used_twice_at_once_lets_one_in(services: Services) -> None:
    invited = do(services, lambda connection, services: managing.invite(connection, services, DORTE, by=ALMA))
    assert isinstance(invited, invitations.Invited)

    def join(password: str) -> bool:
        try:
            invitations.join(services, invited.code, password, "")
        except RequestRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(join, [NEW, f"{NEW} igen"])) == [False, True]
    assert len(authors(services, Happened.JOINED)) == 1


class Ticking(SimulatedEnvironment):
    """A clock that is never read twice at one moment, as real ones are."""

    def now(self) -> datetime:
        """A millisecond later each time."""
        self.advance(seconds=0.001)
        return super().now()


def test_whoever_joins_is_not_shown_that_they_have_and_cannot_press_it_away(services: Services) -> None:
    invited = do(services, lambda connection, services: managing.invite(connection, services, DORTE, by=ALMA))
    assert isinstance(invited, invitations.Invited)
    clock = Ticking(services.environment.now() + timedelta(minutes=1), seed="ticking")
    joined = invitations.join(replace(services, environment=clock), invited.code, NEW, "")
    now = clock.now()
    with reading(services.engine) as connection:
        began = sessions.held_by(connection, services.settings, joined.secret, now).session.created_at
        shown = account_mail.to_show(connection, services, invited.account.id, began)
        later = account_mail.to_show(connection, services, invited.account.id, now)
    assert Happened.JOINED not in [one.kind for one in shown]
    assert Happened.JOINED in [one.kind for one in later]


def test_a_plain_password_does_not_use_the_link_up(services: Services) -> None:
    invited = do(services, lambda connection, services: managing.invite(connection, services, DORTE, by=ALMA))
    assert isinstance(invited, invitations.Invited)
    for plain in ("for kort", "this is dorte herself", "ababababababab"):
        with pytest.raises(CommandRefused):
            invitations.join(services, invited.code, plain, "")
    assert invitations.join(services, invited.code, NEW, "").staff.username == "dorte"


def test_only_one_link_of_an_account_works(services: Services) -> None:
    do(services, lambda connection, _: accounts.set_email(connection, CAROL, "carol@hospital.example"))
    do(services, lambda connection, services: managing.new_link(connection, services, CAROL, by=ALMA))
    newer = do(services, lambda connection, services: managing.new_link(connection, services, CAROL, by=ALMA))
    assert isinstance(newer, invitations.Invited)
    with reading(services.engine) as connection:
        assert kept.ends(connection) == {CAROL: newer.until}


def test_whoever_has_a_password_and_no_address_gets_no_link(services: Services) -> None:
    refused = refusal(services, lambda connection, services: managing.new_link(connection, services, CAROL, by=ALMA))
    assert refused.code is Code.NOT_ALLOWED
    with reading(services.engine) as connection:
        assert kept.ends(connection) == {}


def test_who_lost_the_last_role_belongs_to_the_whole_study(services: Services) -> None:
    alone = Right(BOTH, Role.COORDINATOR, "copenhagen")
    for right in (alone, Right(BOTH, Role.COORDINATOR, "odense")):
        do(services, lambda connection, services, right=right: managing.take(connection, services, right, by=ALMA))
    refused = refusal(services, lambda connection, services: managing.close(connection, services, BOTH, by=OLE))
    assert refused.code is Code.NOT_ALLOWED
    do(services, lambda connection, services: managing.close(connection, services, BOTH, by=ALMA))


def test_nobody_is_drawn_to_another_site_by_its_administrator(services: Services) -> None:
    drawn = Right(CAROL, Role.COORDINATOR, "odense")
    refused = refusal(services, lambda connection, services: managing.give(connection, services, drawn, by=OLE))
    assert refused.code is Code.NOT_ALLOWED
    assert roles_of(services, CAROL) == {(Role.COORDINATOR, "copenhagen")}


def test_a_new_password_ends_a_link_that_was_not_used(services: Services) -> None:
    invited = do(services, lambda connection, services: managing.invite(connection, services, DORTE, by=ALMA))
    assert isinstance(invited, invitations.Invited)
    joined = invitations.join(services, invited.code, NEW, "")
    again = do(services, lambda connection, services: invitations.renew(
        connection, services, invited.account, author=ALMA
    ))  # fmt: skip
    assert isinstance(again, invitations.Invited)
    with reading(services.engine) as connection:
        held = sessions.held_by(connection, services.settings, joined.secret, services.environment.now())
    own_account.change_password(services, held, "fire grå katte danser")
    with pytest.raises(RequestRefused):
        invitations.join(services, again.code, NEW, "")


def test_of_two_administrators_who_close_each_other_one_is_left(services: Services) -> None:
    """Both requests were let in before either was done."""
    with services.engine.begin() as connection:
        accounts.add(connection, Account("arne-id", "arne", "arne", "da", "x", services.environment.now()))
        right = Right("arne-id", Role.ADMINISTRATOR, EVERYWHERE)
        rights.give(connection, right, author="root", environment=services.environment)
    do(services, lambda connection, services: managing.close(connection, services, "arne-id", by=ALMA))
    back = refusal(services, lambda connection, services: managing.close(connection, services, ALMA, by="arne-id"))
    assert back.code is Code.NOT_ALLOWED


@pytest.mark.parametrize("act", ["invite", "give", "take"])
def test_a_closed_account_does_nothing_more_to_others(services: Services, act: str) -> None:
    do(services, lambda connection, services: staff.disable(connection, services.environment, OLE, author=ALMA))
    right = Right(BOTH, Role.COORDINATOR, "odense")
    acts: dict[str, Act] = {
        "invite": lambda connection, services: managing.invite(connection, services, DORTE, by=OLE),
        "give": lambda connection, services: managing.give(
            connection, services, replace(right, role=Role.MONITOR), by=OLE
        ),
        "take": lambda connection, services: managing.take(connection, services, right, by=OLE),
    }
    assert refusal(services, acts[act]).code is Code.NOT_ALLOWED


def test_a_closed_account_records_nothing_more(services: Services) -> None:
    with services.engine.begin() as connection:
        assert role_of(connection, Acting(CAROL), Permission.RECORD_FACT, "copenhagen") == "coordinator"
        staff.disable(connection, services.environment, CAROL, author=ALMA)
        assert not may(connection, Acting(CAROL), Permission.RECORD_FACT, "copenhagen")
        with pytest.raises(RequestRefused):
            role_of(connection, Acting(CAROL), Permission.RECORD_FACT, "copenhagen")
