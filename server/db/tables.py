"""Every table of the server, each listed as fact (append-only), working (rebuildable from facts) or erasable."""

from server.db.base import ServerTable
from server.db.erasable_tables import (
    AccountRow,
    AttemptRow,
    ContactDetailRow,
    InvitationRow,
    PushAddressRow,
    RecoveryCodeRow,
    SecondFactorRow,
    SessionRow,
)
from server.db.fact_tables import (
    ActivationRow,
    ChainAnchorRow,
    ChainHeadRow,
    ContactRow,
    ParticipantFactRow,
    QuarantineRow,
    RecordRow,
    ReminderEventRow,
    SiteFactRow,
    StudyVersionRow,
)
from server.db.working_tables import (
    DeviceRow,
    EnrolmentCodeRow,
    ExpectedDayRow,
    ParticipantRow,
    ReminderRow,
    ServerStateRow,
    SettlementRow,
)

FACT_TABLES = (
    RecordRow,
    QuarantineRow,
    ActivationRow,
    ContactRow,
    ParticipantFactRow,
    SiteFactRow,
    StudyVersionRow,
    ChainAnchorRow,
    ChainHeadRow,
    ReminderEventRow,
)
WORKING_TABLES = (
    ParticipantRow,
    DeviceRow,
    ExpectedDayRow,
    ReminderRow,
    SettlementRow,
    EnrolmentCodeRow,
    ServerStateRow,
)
ERASABLE_TABLES = (
    ContactDetailRow,
    PushAddressRow,
    AccountRow,
    SessionRow,
    SecondFactorRow,
    RecoveryCodeRow,
    InvitationRow,
    AttemptRow,
)
METADATA = ServerTable.metadata
