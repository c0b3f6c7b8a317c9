"""A routing policy as a plain document and back, with every fault named at once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chassis.document_fields import FAULTY, Section
from chassis.errors import Violation
from lead_router.domain.errors import PolicyInvalid
from lead_router.domain.routing.lead_rep_clause import Scope, UnsupportedForm, compile_clause, scope_of
from lead_router.domain.routing.policy import OTHER_SEGMENT, Policy

URGENT_CLASS, ORDINARY_CLASS = "urgent", "ordinary"
"""Names of the first and the last priority class, which every policy has."""
_POLICY = Section(Policy)


def parse(document: Mapping[str, Any], *, policy_id: str, version: int) -> Policy:
    """The policy of a document; fields left out have their defaults, and unknown ones are faults.

    Expressions over lead or rep alone are only looked at for what they name: whether they are sound CEL is for the
    evaluator to say, which the application asks before it publishes.

    Raises:
        PolicyInvalid: names every fault by its path in the document.
    """
    faults: list[Violation] = []
    values = _POLICY.read_fields(document, "", faults)
    if values is not FAULTY:
        policy = Policy(id=policy_id, version=version, **values)
        # A field that was faulty has its default here, which is no reason to find more fault with it.
        read_faults = tuple(fault.field for fault in faults)
        faults.extend(
            found for found in _contradictions(policy) if not any(path.startswith(found.field) for path in read_faults)
        )
        if not faults:
            return policy
    raise PolicyInvalid(policy_id, faults)


def dump(policy: Policy) -> dict[str, Any]:
    """The whole document, defaults written out; `parse` takes it back."""
    document = _POLICY.write(policy)
    if not isinstance(document, dict):
        raise TypeError("a section writes an object")
    return document


def lead_expressions(policy: Policy) -> tuple[str, ...]:
    """Expressions to be evaluated once per lead; their results belong in `LeadSnapshot.clause_results`."""
    clauses = [clause.when for clause in policy.eligibility.clauses if scope_of(clause.when) is Scope.LEAD]
    return tuple(dict.fromkeys([*clauses, *(part.when for part in policy.priority.classes)]))


def rep_expressions(policy: Policy) -> tuple[str, ...]:
    """Expressions to be evaluated when a rep changes; their results belong in `RepRow.clause_results`."""
    clauses = [clause.when for clause in policy.eligibility.clauses if scope_of(clause.when) is Scope.REP]
    return tuple(dict.fromkeys(clauses))


def _contradictions(policy: Policy) -> Iterator[Violation]:
    match = policy.match
    if not any(match.weights.values()):
        yield Violation("match.weights", "empty", "at least one weight must be above 0")
    if match.other_below_pct >= match.fits_from_pct:
        yield Violation("match.other_below_pct", "order", "must be less than fits_from_pct")
    yield from _clause_faults(policy)
    yield from _class_faults(policy)
    yield from _repeated("eligibility.owner_precedence", policy.eligibility.owner_precedence)
    for name, table in (("default_worth", policy.worth.default_worth), ("base_rate", policy.worth.base_rate)):
        if OTHER_SEGMENT not in table:
            yield Violation(f"worth.{name}.{OTHER_SEGMENT}", "required", "must be there for segments not listed")
    if policy.fallbacks.pool_when and not policy.fallbacks.pool_id:
        yield Violation("fallbacks.pool_id", "required", "must name the pool that leads go to")
    if not policy.sla.qualifying_documents:
        yield Violation("sla.qualifying_documents", "empty", "at least one kind of document must qualify a lead")
    yield from _repeated("sla.qualifying_documents", policy.sla.qualifying_documents)


def _clause_faults(policy: Policy) -> Iterator[Violation]:
    clauses = policy.eligibility.clauses
    yield from _repeated("eligibility.clauses", [clause.id for clause in clauses])
    for at, clause in enumerate(clauses):
        path, scope = f"eligibility.clauses[{at}].when", scope_of(clause.when)
        if scope is Scope.NOTHING:
            yield Violation(path, "scope", "must speak of the lead or the rep")
        elif scope is Scope.LEAD_REP:
            try:
                compile_clause(clause.when)
            except UnsupportedForm as fault:
                yield Violation(path, "form", str(fault))


def _class_faults(policy: Policy) -> Iterator[Violation]:
    classes = policy.priority.classes
    yield from _repeated("priority.classes", [URGENT_CLASS, ORDINARY_CLASS, *(part.id for part in classes)])
    for at, part in enumerate(classes):
        if scope_of(part.when) is not Scope.LEAD:
            yield Violation(f"priority.classes[{at}].when", "scope", "must speak of the lead alone")


def _repeated(path: str, names: Sequence[str]) -> Iterator[Violation]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Violation(path, "repeated", f"{name} is there {count} times or is reserved")
