"""Database queries per request, recorded: one more is a decision, not an accident. None grows with the rows."""

from collections.abc import Callable

import pytest
from world import World, make_world

from upstream.accounts.models import Organization, User
from upstream.claims.models import Claim, ClaimLine
from upstream.core.actor import Actor

CLAIM = """id controlNumber outcome submittedDate decidedDate billedAmount denialLabel payer { id name }
  serviceGroup { id name } lines { id number procedureCode billedAmount adjustments { id reasonCode amount } }
  adjustments { id amount }"""
SIGNAL = "id kind direction changeDate certainty dollarsPerWeek payer { id name } serviceGroup { id name }"
JOB = "job { id state progressDone progressTotal }"

# Every request reads the session with its person, membership and organization: one query, counted here too.
BASELINES = {
    "viewer": (2, "{ viewer { id name role permissions organization { id name } } }"),
    "metrics": (
        8,
        "{ metrics(groupBy: [PAYER, SERVICE_GROUP], timeGrain: MONTH) { totalCount items { payer { label } period"
        " serviceGroup { label } values { claims denialRate { value } deniedAmount medianDaysToPayment } } } }",
    ),
    "inbox": (
        4,
        "{ alerts { totalCount pageInfo { endCursor } items { id headline state rankScore judgement { verdict }"
        f" payer {{ id name }} signal {{ {SIGNAL} }} }} }} }}",
    ),
    "inbox with what was taken back": (
        4,
        "{ alerts { totalCount items { id takenBack { takenBackAt takenBackBy { name } claims ofClaims lookedAgainAt"
        " upload { id fileName } } } } }",
    ),
    "alert": (
        9,
        "query($id: ID!) { alert(id: $id) { id headline assignee { name } judgements { verdict note judgedBy { name } }"
        f" activity {{ action by {{ name }} at }} relatedSignals {{ {SIGNAL} }} signal {{ {SIGNAL} series {{ day }}"
        " categories { label share } claims(first: 10) { totalCount items { id controlNumber billedAmount } } } } }",
    ),
    "signals": (
        9,
        f"{{ signalsWaiting detectionSettings {{ weeklyAlertBudget }} signals {{ items {{ {SIGNAL} headline"
        " scope scopeSentence location denialLabel elsewhere { before after claims } serviceGroupShares { name share }"
        " knownEvents { title payer { name } } ownChanges { kind day what } } } }",
    ),
    "signals without an alert": (
        3,
        f"{{ signals(filter: {{withoutAlert: true}}) {{ totalCount items {{ {SIGNAL} }} }} }}",
    ),
    "signal": (
        11,
        "query($id: ID!) { signal(id: $id) { headline reasons { kind code label after claims } knownEvents { title }"
        " ownChanges { kind day } claims(first: 10) { items { id } } } }",
    ),
    "signal with the texts of its codes": (
        5,
        "query($id: ID!) { signal(id: $id) { reasons { code label text } } }",
    ),
    "known events": (
        3,
        "{ knownEvents { totalCount items { id title payer { name } serviceGroup { name } firstDay lastDay } } }",
    ),
    "backtest": (
        6,
        "query($id: ID!) { backtest(jobId: $id) { job { state } signals { headline payer { name } serviceGroup { name }"
        " signalId alertId } } }",
    ),
    "claims": (6, f"{{ claims(first: 100) {{ items {{ {CLAIM} }} }} }}"),
    "claim with its patient": (
        6,
        f"query($id: ID!) {{ claim(id: $id) {{ {CLAIM} patient(reason: PAYMENT) {{ name birthDate }} }} }}",
    ),
    # The claim; what was told of it in six queries, its uploads; what was acknowledged; the payers.
    "claim with its history": (
        12,
        "query($id: ID!) { claim(id: $id) { id history { kind knownAt upload { id fileName } payer { name } changes"
        ' { fact before after } reasons { label } statuses { label } errors { label } } asOf(date: "2026-03-02")'
        ' { outcome payer { name } changes { fact } } dated: asOf(date: "2026-03-02", by: DATED) { outcome } } }',
    ),
    # One query more than without the texts, for all of them.
    "claims with the texts of their codes": (
        7,
        f"{{ claims(first: 100) {{ items {{ {CLAIM} denialText remarks {{ text }} adjustments {{ label text }}"
        " lines { remarks { text } adjustments { label text } } } } }",
    ),
    "claim with the texts of its history": (
        13,
        "query($id: ID!) { claim(id: $id) { id history { denialText reasons { text } remarks { text } } } }",
    ),
    "claims with their acknowledgements": (
        4,
        "{ claims(first: 100) { items { id acknowledgements { standing claimId statuses { label } } } } }",
    ),
    "claims with their authorizations": (
        4,
        "{ claims(first: 100) { items { id authorization { action services { procedureCode } } } } }",
    ),
    "upload with what was acknowledged": (
        7,
        "query($id: ID!) { upload(id: $id) { id acknowledged { sets claims acknowledgements { standing uploadId }"
        " rejected { claimId } } } }",
    ),
    "payers": (
        9,
        "{ payers { totalCount items { id name aliases openAlerts summary { claims denialRate weekly { week } } } } }",
    ),
    "uploads": (3, f"{{ uploads {{ items {{ id fileName kind rowsRead uploadedBy {{ name }} {JOB} }} }} }}"),
    "upload with its quality": (
        2,
        "query($id: ID!) { upload(id: $id) { id quality { score parts { sentence } lacks { cost } payers { name } } }"
        " }",
    ),
    "source mappings": (
        4,
        "{ sourceMappings { totalCount items { id payer uploads lastUsedAt confirmedBy { name } columns { field } } }"
        " }",
    ),
    # Reading names adds an event to the audit trail.
    "source mappings with the names of their columns": (
        3,
        "{ sourceMappings { items { id uploads columns { field name } outcomeWords { word outcome } } } }",
    ),
    "sources": (2, "{ intakeSources { id mendFirst { sentence } uploads { id fileName quality { score } } } }"),
    "service keys": (4, "{ serviceKeys { totalCount items { id name scopes lastUsedAt createdBy { name } } } }"),
    # The page, its count; the event of reading it; the names of people, keys and webhooks.
    "audit trail": (
        5,
        "{ auditEvents(first: 100) { totalCount items { sequence at label actor { name } target { label id }"
        " details { name value } } } }",
    ),
    "exports": (3, f"{{ exports {{ items {{ id title downloadUrl createdBy {{ name }} {JOB} }} }} }}"),
}


@pytest.fixture
def world(organization: Organization, owner: Actor) -> World:
    return make_world(organization, canary="Own", person=User.objects.get(pk=owner.user_id))


def more_rows(world: World) -> None:
    """A second of everything, and forty more claims with lines."""
    make_world(world.organization, canary="More")
    claims = [Claim.unscoped.get(pk=world.claim.pk) for _ in range(40)]
    for number, claim in enumerate(claims):
        claim.pk, claim.claim_key = Claim._meta.pk.get_default(), f"more-{number}"
    Claim.unscoped.bulk_create(claims)
    ClaimLine.unscoped.bulk_create(
        ClaimLine(organization=world.organization, claim=claim, number=1, procedure_code="99213") for claim in claims
    )


@pytest.mark.parametrize("name", BASELINES)
def test_a_request_costs_what_is_recorded_however_many_rows_there_are(
    world: World, graphql: Callable, owner, count_queries: Callable, name: str
) -> None:
    expected, query = BASELINES[name]
    ask = graphql(owner)
    variables = {"id": world.ids()[name.split()[0]]} if "$id" in query else {}
    for grown in (False, True):
        if grown:
            more_rows(world)
        with count_queries() as queries:
            answer = ask(query, variables)
        assert "errors" not in answer, answer
        # An event of the audit trail takes one query on PostgreSQL, five on SQLite.
        events = sum('INTO "audit_auditevent"' in query["sql"] for query in queries.captured_queries)
        # Where a page is not full, those without a value in its order are asked for, too.
        full = grown and name in {"alert", "signal"}
        assert len(queries) - 4 * events == expected - full, "\n".join(
            query["sql"][:160] for query in queries.captured_queries
        )
