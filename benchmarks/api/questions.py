"""What is asked of Upstream, and the same of its peers."""

INBOX = """query { alerts(filter: {state: [OPEN]}, first: 25) { totalCount pageInfo { endCursor hasNextPage } items {
  id state headline rankScore assignee { id name } payer { id name } judgement { verdict }
  signal { id kind direction changeDate certainty dollarsPerWeek serviceGroup { id name } } } } }"""
FIELDS = """id controlNumber procedureCode outcome submittedDate decidedDate billedAmount paidAmount denialCode
  payer { id name }"""
PAGE = f"query {{ claims(first: 100) {{ pageInfo {{ endCursor hasNextPage }} items {{ {FIELDS} }} }} }}"
LIST_FIELDS = "id controlNumber procedureCode outcome submittedDate decidedDate billedAmount paidAmount"
LIST = f"query {{ claims(first: 50) {{ items {{ {LIST_FIELDS} }} }} }}"
POSTGRAPHILE_LIST = f"""query {{ allClaimsClaims(first: 50, orderBy: [SUBMITTED_DATE_DESC, ID_DESC]) {{
  nodes {{ {LIST_FIELDS} }} }} }}"""
PEER_PAGE = f"query {{ claims(first: 100) {{ {FIELDS} }} }}"
PAGE_WITH_LINES = f"""query {{ claims(first: 100) {{ totalCount items {{ {FIELDS} patient(reason: QUALITY) {{ name }}
  lines {{ number procedureCode billedAmount adjustments {{ groupCode reasonCode amount }} }}
  adjustments {{ amount }} }} }} }}"""
POSTGRAPHILE_PAGE = f"""query {{ allClaimsClaims(first: 100, orderBy: [SUBMITTED_DATE_DESC, ID_DESC]) {{
  pageInfo {{ endCursor hasNextPage }} nodes {{
  {FIELDS.replace("payer {", "claimsPayerByOrganizationIdAndPayerId {")} }} }} }}"""

SUMS = "claims billedAmount decided denied denialRate { value low high } paidAmount takebacks"
ALL = f"""{SUMS} decidedBilledAmount deniedAmount allowedAmount medianDaysToPayment p90DaysToPayment"""


def metrics(first_day: str, last_day: str, values: str = SUMS) -> str:
    """Figures of the days by payer and service group."""
    return f"""query {{ metrics(groupBy: [PAYER, SERVICE_GROUP], first: 200,
      filter: {{ firstDay: "{first_day}", lastDay: "{last_day}" }}) {{
      totalCount items {{ payer {{ id label }} serviceGroup {{ id label }} values {{ {values} }} }} }} }}"""
