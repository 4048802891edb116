"""Alerts at the command line: those of the server itself are listed for every site, and settled."""

from server.backup import standing
from server.commands.surroundings import services
from tests.commands.conftest import Run, refusal


def test_it_is_listed_and_settled_at_the_command_line(run: Run) -> None:
    with services() as opened:
        stands = standing.Standing(failed_at=opened.environment.now())
        opened.writer.run("*", lambda connection: standing.write(connection, stands))
    listed = run("alerts", "list", "--site", "odense").output
    assert [line.split()[:3] for line in listed.splitlines()[1:]] == [["backup_failed", "*", "*"]]
    assert run("alerts", "done", "*", "backup_failed", "looked_into").exit_code == 0
    assert "backup_failed" not in run("alerts", "list").output
    assert refusal(run("alerts", "done", "*", "backup_failed", "looked_into")).code == "not_found"
    assert "alert_acknowledged  action: - -> looked_into  command line (operator)" in run("trail").output
