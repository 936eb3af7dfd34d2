"""Files of one source are known again, and what is unusual in one is said with the numbers, or nothing."""

from datetime import timedelta

import pytest
from intake.writing import take_in

from upstream.accounts.models import Organization
from upstream.core import clock
from upstream.intake.models import Upload, UploadKind
from upstream.intake.sources import source_of

HEADER = "claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount,denial_code\n"


def table(
    number: int, rows: int, *, denied: int | None = None, aster: int | None = None, days_old: int = 2, bad: int = 0
) -> bytes:
    """Decided claims of two payers, a tenth denied and three quarters Aster Health's where nothing else is said."""
    decided = clock.now().date() - timedelta(days=days_old)
    denied = rows // 10 if denied is None else denied
    aster = rows * 3 // 4 if aster is None else aster
    lines = [
        f"F{number}-{n},{'Aster Health' if n < aster else 'Birch Mutual'},99213,2026-01-05,{decided},"
        f"{'denied' if n < denied else 'paid'},100,{'197' if n < denied else ''}\n"
        for n in range(rows)
    ]
    lines += [f"B{number}-{n},,99213,2026-01-05,{decided},paid,100,\n" for n in range(bad)]
    return (HEADER + "".join(lines)).encode()


def history(organization: Organization, files: int = 6) -> None:
    for number in range(files):
        take_in(organization, table(number, 200 + 3 * number))


def unusual(upload: Upload) -> dict[str, str]:
    return {found["code"]: found["message"] for found in upload.findings if found["code"].startswith("unusual_")}


def test_an_ordinary_file_is_passed_over_in_silence(organization: Organization) -> None:
    history(organization)
    assert unusual(take_in(organization, table(9, 190))) == {}


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"rows": 68}, "unusual_volume", "68 rows, about a third of the usual 208"),
        ({"rows": 210, "denied": 90}, "unusual_denied", "90 of 210 decided claims are denied (42.9%)"),
        ({"rows": 200, "bad": 60}, "unusual_rejected", "60 of 260 rows are set aside"),
        ({"rows": 200, "aster": 200}, "unusual_payers", "Birch Mutual brings 0 of 200 claims (0.0%)"),
        ({"rows": 200, "days_old": 40}, "unusual_delay", "is 40 days old; usual in this source is 2"),
    ],
)
def test_what_is_unusual_is_said_with_its_numbers(
    organization: Organization, changed: dict, code: str, words: str
) -> None:
    history(organization)
    told = unusual(take_in(organization, table(9, **changed)))
    assert words in told[code]


def test_few_earlier_files_say_nothing(organization: Organization) -> None:
    history(organization, files=4)
    assert unusual(take_in(organization, table(9, 10))) == {}


def test_files_of_another_source_do_not_count(organization: Organization, other_organization: Organization) -> None:
    history(other_organization)
    for number in range(6):
        take_in(organization, table(number, 200).replace(b"billed_amount", b"charges"))
    assert unusual(take_in(organization, table(9, 10))) == {}


def test_a_source_is_its_column_names_however_they_are_written() -> None:
    one, other = HEADER.encode(), HEADER.replace("claim_id", "Claim ID").replace(",", ";").encode()
    assert source_of(UploadKind.CLAIMS_CSV, one) == source_of(UploadKind.CLAIMS_CSV, other) != ""
    assert source_of(UploadKind.CLAIMS_CSV, HEADER.replace("denial_code", "location").encode()) != source_of(
        UploadKind.CLAIMS_CSV, one
    )


def test_a_source_of_x12_is_its_sender() -> None:
    isa = "ISA*00*          *00*          *ZZ*CLEARWATER     *ZZ*RIVERBEND      *260302*1200*^*00501*000000001*0*P*:~"
    head = f"{isa}GS*HP*CLEAR*RIVER*20260302*1200*1*X*005010X221A1~ST*835*0001~".encode()
    assert source_of(UploadKind.X12_835, head) == "CLEARWATER CLEAR"


def test_sources_list_their_uploads_and_what_to_mend_first(organization: Organization, graphql, owner) -> None:
    for number in range(3):
        take_in(organization, table(number, 20))
    take_in(organization, table(9, 20).replace(b"billed_amount", b"charges"))
    query = "{ intakeSources { kind mendFirst { key share } uploads { id quality { score } } } }"
    sources = graphql(owner)(query)["data"]["intakeSources"]
    assert [len(source["uploads"]) for source in sources] == [1, 3]
    assert {source["kind"] for source in sources} == {"CLAIMS_CSV"}
    # No payment day and no location is told: five points each.
    assert sources[0]["mendFirst"]["key"] in ("paid_date", "location")
    assert sources[0]["uploads"][0]["quality"]["score"] == 90
