"""What a query would cost is told without carrying it out."""

from upstream.core.actor import Actor

COST = """query($text: String!, $variables: JSON, $operationName: String) {
  queryCost(text: $text, variables: $variables, operationName: $operationName) {
    faults { message line column } values mostValues depth mostDepth missing left mostLeft secondsLeft
  }
}"""
CLAIMS = "query Claims($n: Int) { claims(first: $n) { items { id controlNumber } } }"


def cost(graphql, actor: Actor, query: str, **more: object) -> dict:
    answer = graphql(actor)(COST, {"text": query, **more})
    assert "errors" not in answer
    return answer["data"]["queryCost"]


def test_the_figure_is_that_which_the_limiter_counts(graphql, analyst: Actor) -> None:
    asked = cost(graphql, analyst, CLAIMS, variables={"n": 10})
    assert asked["faults"] == [] and asked["missing"] == []
    assert (asked["values"], asked["depth"]) == (1 + 10 * 3, 3)
    assert (asked["mostValues"], asked["mostDepth"]) == (40_000, 12)
    before = asked["left"]
    graphql(analyst)(CLAIMS, {"n": 10})
    after = cost(graphql, analyst, CLAIMS, variables={"n": 10})
    # Asking for the cost counts for the little that its answer is; the clock may have begun a new minute.
    if after["secondsLeft"] <= asked["secondsLeft"]:
        assert before - after["left"] >= asked["values"]
    assert after["left"] <= after["mostLeft"] == 1_000_000


def test_faults_are_told_with_their_places(graphql, analyst: Actor) -> None:
    asked = cost(graphql, analyst, "{\n  claims { items { idd } }\n  payer { x }\n}")
    places = [(fault["line"], fault["column"]) for fault in asked["faults"]]
    assert (2, 20) in places and asked["values"] == 0
    assert "Did you mean" not in str(asked)
    assert cost(graphql, analyst, "{")["faults"] == [
        {"message": "Syntax Error: Expected Name, found <EOF>.", "line": 1, "column": 2}
    ]


def test_of_several_operations_the_named_one_is_measured(graphql, analyst: Actor) -> None:
    both = "query A { payers { totalCount } } query B { claims(first: 5) { items { id } } }"
    assert cost(graphql, analyst, both)["faults"][0]["message"] == "Name the operation that is meant."
    assert cost(graphql, analyst, both, operationName="A")["values"] == 2
    assert cost(graphql, analyst, both, operationName="B")["values"] == 1 + 5 * 2


def test_what_the_person_lacks_is_named(graphql, analyst: Actor) -> None:
    query = "{ claims { items { patient(reason: PAYMENT) { name } } } auditEvents { totalCount } }"
    assert cost(graphql, analyst, query)["missing"] == ["AUDIT_READ", "PHI_READ"]


def test_who_may_not_write_queries_is_told_nothing(graphql, viewer: Actor) -> None:
    answer = graphql(viewer)(COST, {"text": "{ __typename }"})
    assert answer["data"] == {"queryCost": None}
    assert answer["errors"][0]["extensions"]["permission"] == "AD_HOC_QUERIES"
