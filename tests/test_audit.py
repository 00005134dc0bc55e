"""Facts held against rules: verdicts, causes, findings and the score."""

from types import SimpleNamespace

import pytest

from readylint.audit import UnknownCheckError, judge, select
from readylint.audit.wording import in_words
from readylint.checks import CHECKS
from readylint.facts import (
    Alternative,
    Evidence,
    FactSheet,
    Guard,
    LlmCall,
    LlmClient,
    Output,
    Parse,
    Project,
    Retry,
    RetryAlternative,
    RetryLayer,
    Secret,
    Setting,
    Span,
    Timeout,
    TimeoutAlternative,
)  # fmt: skip
from readylint.logic import Answer
from readylint.packs import load

HEAD = """\
name: trial
version: "1"
sections:
  latency:
    title: Fast
    items:
      timeouts: {title: In time, weight: 3}
      event-loop: {title: Not blocked, weight: 1}
      empty: {title: Nothing asks this, weight: 5}
      targets: {title: Written down, attested: true}
  cost:
    title: Cheap
    items:
      capped: {title: Capped, weight: 4}
"""
SLOW = """\
title: In time
failing: "{callee} waits {timeout.worst_seconds|timeout.value}"
item: latency/timeouts
severity: [{when: {in_handler: {is: true}}, is: error}, {is: warning}]
for: llm.call
params: {seconds: 60}
expect: {timeout.value: {at_most: $seconds}}
fix: {text: "at most {$seconds}, as in {{timeout: 9}}"}
"""


PROJECT = """\
title: Some
failing: "{path} has no tracer"
item: cost/capped
severity: note
for: project
where: {facts: {some: {kind: {is: llm.call}}}}
expect: {facts: {some: {kind: {is: evidence}, initialised: {is: true}}}}
"""
BLOCKED = """\
title: Not blocked
failing: "{callee}"
item: latency/event-loop
severity: error
for: llm.call
expect: {blocking_in_async: {is: false}}
"""
CAPPED = """\
title: Capped
failing: "{callee}"
item: cost/capped
severity: note
for: llm.call
expect: {max_output: {set: true}}
"""


def expecting(condition):
    """The rule with another expectation."""
    return SLOW.replace("{timeout.value: {at_most: $seconds}}", condition)


def spot(line, path="app.py", column=1, length=5):
    return Span(path, line, column, line, column + length)


def call(line=10, path="app.py", **more):
    more.setdefault("role", "app")
    more.setdefault("project", ".")
    return LlmCall(
        id=f"call:{path}:{line}", span=spot(line, path, 5, 40), callee_span=spot(line, path, 5, 20),
        callee="client.create", sdk="acme", provider="acme", operation=more.pop("operation", "chat"), **more,
    )  # fmt: skip


CAUSE = spot(3)
HERE = (Project(".", "pyproject.toml"),)


def slow(line=10, value=90, at=CAUSE, **more):
    """A call whose timeout is decided at a place (line 3 unless told otherwise)."""
    why = more.pop("why", "no timeout here")
    setting = Timeout(value, more.pop("source", "client"), at, why=why, **more.pop("timeout", {}))
    return call(line, timeout=setting, **more)


def settings(**more):
    base = {"select": [], "ignore": {}, "pedantic": False, "params": {}, "severities": {}}
    return SimpleNamespace(**{**base, **more})


@pytest.fixture
def pack(tmp_path):
    """A pack of rules, written as heads: name -> text."""

    def write(slow=SLOW, **rules):
        (tmp_path / "pack.yaml").write_text(HEAD, encoding="utf-8")
        for name, text in {"slow": slow, **rules}.items():
            section = text.split("item: ")[1].split("/")[0]
            (tmp_path / section).mkdir(exist_ok=True)
            (tmp_path / section / f"{name}.yaml").write_text(f"{text}\n---\nwhy: because\n", encoding="utf-8")
        return load([tmp_path], builtin=False)

    return write


@pytest.fixture
def judged(pack):
    """The verdicts of a pack over facts of one project."""

    def run(*facts, rules=None, projects=HERE, **wishes):
        return judge(FactSheet(".", list(projects), list(facts)), pack(**(rules or {})), settings(**wishes))

    return run


@pytest.fixture
def one(judged):
    """The only finding."""

    def run(*facts, **more):
        found = judged(*facts, **more).findings
        assert len(found) == 1
        return found[0]

    return run


class TestVerdicts:
    def test_a_value_that_keeps_to_the_rule_holds_and_one_that_cannot_be_told_is_unknown(self, judged):
        made = judged(slow(1, 30), slow(2, None), slow(3, 90), slow(4, 90, source="unknown"))
        assert made.counts["slow"] == {"holds": 1, "unknown": 2, "fails": 1}
        assert len(made.findings) == 1

    @pytest.mark.parametrize(("in_task", "outcome"), [(True, "fails"), (False, "not-applicable"), (None, "unknown")])
    def test_where_decides_whether_the_rule_applies(self, judged, in_task, outcome):
        rule = SLOW + "where: {in_task: {is: true}}\n"
        assert judged(slow(in_task=in_task), rules={"slow": rule}).counts["slow"] == {outcome: 1}

    def test_where_that_cannot_be_told_does_not_spoil_what_holds(self, judged):
        rule = SLOW + "where: {in_task: {is: true}}\n"
        assert judged(slow(1, 5, in_task=None), rules={"slow": rule}).counts["slow"] == {"holds": 1}

    def test_only_roles_in_scope_are_asked(self, judged):
        made = judged(slow(1, role="test"), slow(2, role="notebook"), slow(3, role="vendored"))
        assert made.counts["slow"] == {"fails": 1}

    def test_users_may_change_parameters_and_severity(self, judged, one):
        assert not judged(slow(), params={"slow": {"seconds": 90}}).findings
        assert one(slow(), severities={"slow": "note"}).severity == "note"

    def test_a_rule_may_say_that_such_a_fact_should_not_be_there(self, one):
        rule = (
            'title: None\nfailing: "a {pattern} key"\nitem: cost/capped\nseverity: error\nfor: secret\n'
            "expect: false\nat: span"
        )
        secret = Secret(id="s", span=spot(4), role="app", project=".", pattern="acme")
        found = one(secret, rules={"key": rule})
        assert (found.rule, found.message, found.span) == ("key", "a acme key", spot(4))

    def test_a_rule_may_name_a_check(self, judged, monkeypatch):
        rule = SLOW.replace("expect: {timeout.value: {at_most: $seconds}}", "check: too_slow")
        check = lambda fact, params: Answer(fact["timeout"]["value"] <= params["seconds"])  # noqa: E731
        monkeypatch.setitem(CHECKS, "too_slow", check)
        assert judged(slow(), slow(11, 5), rules={"slow": rule}).counts["slow"] == {"fails": 1, "holds": 1}

    def test_a_check_that_nobody_registered_is_an_error(self, judged):
        rule = SLOW.replace("expect: {timeout.value: {at_most: $seconds}}", "check: nobody")
        with pytest.raises(UnknownCheckError, match="nobody"):
            judged(slow(), rules={"slow": rule})


def options(*values, paths=None, cls=TimeoutAlternative):
    """Alternatives at lines 101, 102 and so on."""
    sources = ["unknown" if value is None else "caller" for value in values]
    names = paths or "abcdefgh"
    return [cls(value, sources[n], spot(101 + n), path=names[n], why=f"{value}") for n, value in enumerate(values)]


class TestAlternatives:
    def several(self, *values, **more):
        return call(timeout=Timeout(None, "unknown", alternatives=options(*values)), **more)

    def test_all_fail_at_each_cause(self, judged):
        made = judged(self.several(90, 120))
        assert made.counts["slow"] == {"fails": 1}
        assert [f.span.line for f in made.findings] == [101, 102]

    def test_some_fail_there_and_the_evidence_names_the_others(self, one):
        found = one(self.several(30, 90))
        assert (found.span.line, found.label, found.message) == (102, "90", "client.create waits 90 seconds")
        assert [(e.span.line, e.text) for e in found.evidence] == [(10, "used here"), (101, "30")]

    def test_none_fails_and_one_cannot_be_told(self, judged):
        assert judged(self.several(30, None)).counts["slow"] == {"unknown": 1}

    def test_one_fails_and_another_cannot_be_told(self, judged):
        assert judged(self.several(90, None)).counts["slow"] == {"fails": 1}

    def versions(self, *values):
        return [
            TimeoutAlternative(n, "sdk-default", spot(50), path=f"default: acme {p}")
            for n, p in zip(values, (">=2", "<2"), strict=True)
        ]

    def test_versions_that_all_fail_are_one_finding(self, judged):
        made = judged(call(timeout=Timeout(None, "sdk-default", alternatives=self.versions(90, "none"))))
        assert (made.counts["slow"], len(made.findings)) == ({"fails": 1}, 1)

    def test_versions_that_differ_cannot_be_told(self, judged):
        made = judged(call(timeout=Timeout(None, "sdk-default", alternatives=self.versions(90, 30))))
        assert made.counts["slow"] == {"unknown": 1}

    def test_a_caller_that_fails_decides_beside_versions_that_differ(self, judged):
        given = [*self.versions(90, 30), TimeoutAlternative(99, "caller", spot(60), path="a")]
        made = judged(call(timeout=Timeout(None, alternatives=given)))
        assert (made.counts["slow"], [f.span.line for f in made.findings]) == ({"fails": 1}, [60])

    def test_all_hold(self, judged):
        assert judged(self.several(30, 40)).counts["slow"] == {"holds": 1}

    def test_two_alternatives_with_one_cause_are_one_finding(self, judged):
        same = [TimeoutAlternative(n, "caller", spot(50), path=p) for n, p in ((90, "a"), (99, "b"))]
        assert len(judged(call(timeout=Timeout(alternatives=same))).findings) == 1

    BOTH = expecting("{any: [{timeout.value: {at_most: 60}}, {max_output.value: {at_most: 9}}]}")

    def test_settings_that_share_paths_vary_together(self, judged):
        fact = self.several(30, 90, max_output=Setting(alternatives=options(99, 5, cls=Alternative)))
        assert judged(fact, rules={"slow": self.BOTH}).counts["slow"] == {"holds": 1}

    def test_settings_of_different_paths_vary_independently(self, judged):
        fact = self.several(30, 90, max_output=Setting(alternatives=options(99, 5, cls=Alternative, paths="xy")))
        assert judged(fact, rules={"slow": self.BOTH}).counts["slow"] == {"fails": 1}

    def test_a_setting_without_the_path_of_its_partner_is_unknown_there(self, judged):
        fact = self.several(30, 90, max_output=Setting(5, "call", alternatives=options(5, cls=Alternative)))
        assert judged(fact, rules={"slow": self.BOTH}).counts["slow"] == {"unknown": 1}

    def test_settings_that_the_rule_does_not_read_do_not_matter(self, judged):
        fact = slow(max_output=Setting(alternatives=options(*range(8), cls=Alternative)))
        assert len(judged(fact).findings) == 1

    def test_too_many_combinations_leave_it_open(self, judged):
        outputs = Setting(alternatives=options(*range(1, 9), cls=Alternative, paths="ijklmnop"))
        fact = self.several(*range(1, 9), max_output=outputs)
        assert judged(fact, rules={"slow": self.BOTH}).counts["slow"] == {"unknown": 1}

    def test_the_object_of_retries_varies_too(self, one):
        rule = expecting("{retry.status: {is: explicit}}")
        other = RetryAlternative("none", 1, at=spot(20), path="b", why="switched off")
        retry = Retry(alternatives=[RetryAlternative("explicit", 3, at=spot(19), path="a"), other])
        assert (one(call(retry=retry), rules={"slow": rule}).span.line) == 20


class TestFindings:
    def test_it_stands_at_the_cause_with_the_call_as_evidence(self, one):
        found = one(slow(timeout={"worst_seconds": 1800, "via": [spot(7)]}))
        assert (found.span, found.label) == (spot(3), "no timeout here")
        assert [(e.span.line, e.text) for e in found.evidence] == [(10, "used here"), (7, "on the way")]
        assert found.message == "client.create waits 30 minutes"
        assert found.help == "at most 60 seconds, as in {timeout: 9}"
        assert (found.item, found.project, found.facts) == ("latency/timeouts", ".", ["call:app.py:10"])

    def test_a_rule_may_bring_words_of_its_own_for_some_facts(self, one):
        rule = SLOW + 'label: [{when: {in_task: {is: true}}, is: "{callee} runs in a task"}]\n'
        assert one(slow(in_task=True), rules={"slow": rule}).label == "client.create runs in a task"
        assert one(slow(in_task=False), rules={"slow": rule}).label == "no timeout here"
        assert one(slow(in_task=None), rules={"slow": rule}).label == "no timeout here"

    def test_words_of_its_own_take_the_place_of_those_elsewhere(self, one):
        rule = SLOW + "at: span\nlabel: too long\n"
        found = one(slow(), rules={"slow": rule})
        assert (found.label, found.evidence) == ("too long", [])

    def test_the_advice_is_the_first_that_applies(self, one):
        rule = SLOW.partition("fix:")[0] + "fix: {text: [{when: {in_task: {is: true}}, is: a}, {is: b}]}\n"
        assert [one(slow(in_task=x), rules={"slow": rule}).help for x in (True, False, None)] == ["a", "b", "b"]

    def test_further_places_are_shown_up_to_a_number_and_the_rest_is_counted(self, one):
        rule = SLOW + "also: [{places: guard.bare, label: not here}]\n"
        several = [spot(line, "b.py") for line in (9, 7, 8, 9)]
        found = one(slow(guard=Guard("none", bare=several)), rules={"slow": rule})
        shown = [(e.span.line, e.text) for e in found.evidence if e.span.path == "b.py"]
        assert shown == [(7, "not here"), (9, "not here (and 1 more)")]

    def test_one_further_place(self, one):
        rule = SLOW + "also: [{places: guard.at, label: '{sdk} here'}]\n"
        found = one(slow(guard=Guard("none", at=spot(5))), rules={"slow": rule})
        assert [(e.span.line, e.text) for e in found.evidence] == [(10, "used here"), (5, "acme here")]
        assert len(one(slow(), rules={"slow": rule}).evidence) == 1

    def test_it_stands_at_the_callee_when_nothing_else_decided(self, one):
        found = one(slow(at=None))
        assert (found.span, found.label, found.evidence) == (spot(10, column=5, length=20), "no timeout here", [])

    def test_calls_with_one_cause_are_one_finding_told_from_the_first_call(self, one):
        found = one(slow(30, 120), slow(20, 90), slow(40, in_handler=True))
        assert (found.message, found.severity) == ("client.create waits 90 seconds", "error")
        assert found.facts == ["call:app.py:20", "call:app.py:30", "call:app.py:40"]
        assert [(e.span.line, e.text) for e in found.evidence] == [(20, "used here and in 2 more calls")]

    def test_one_more_call(self, one):
        assert one(slow(20), slow(30)).evidence[0].text == "used here and in 1 more call"

    def test_projects_do_not_share_findings(self, judged):
        projects = (Project("a"), Project("b"))
        made = judged(slow(project="a"), slow(11, project="b"), projects=projects)
        assert [f.project for f in made.findings] == ["a", "b"]
        assert set(made.checklists) == {"a", "b"}

    def test_the_innermost_place_on_the_way_to_the_leaf_is_the_cause(self, one):
        rule = expecting("{output.parses: {each: {guarded: {is: true}}}}")
        parses = [Parse("json", True, at=spot(12)), Parse("int", False, at=spot(13))]
        assert one(call(output=Output(parses=parses, at=spot(9))), rules={"slow": rule}).span == spot(13)
        parses[1].at = None
        assert one(call(output=Output(parses=parses, at=spot(9))), rules={"slow": rule}).span == spot(9)

    def test_a_part_without_a_place_leaves_the_cause_to_the_next(self, one):
        either = "{any: [{in_handler: {is: false}}, {timeout.value: {at_most: 60}}]}"
        rule = expecting(either)
        assert one(slow(in_handler=True), rules={"slow": rule}).span == spot(3)

    def test_the_rule_may_name_the_place(self, one):
        assert one(slow(), rules={"slow": SLOW + "at: span\n"}).span.line == 10
        assert one(slow(guard=Guard(at=spot(8))), rules={"slow": SLOW + "at: guard.at\n"}).span == spot(8)
        assert one(slow(guard=Guard(at=spot(8))), rules={"slow": SLOW + "at: guard\n"}).span == spot(8)
        assert one(slow(), rules={"slow": SLOW + "at: guard.at\n"}).span == CAUSE

    def test_what_is_said_of_another_place_stays_at_that_place(self, one):
        found = one(slow(), rules={"slow": SLOW + "at: span\n"})
        assert found.label == ""
        assert [(e.span, e.text) for e in found.evidence] == [(CAUSE, "no timeout here")]

    def test_the_function_around_the_place_is_told_by_a_fact_that_holds_it(self, one):
        client = LlmClient(id="c", span=spot(3, length=30), role="app", project=".", inside="make_client")
        assert one(slow(at=spot(3)), client).inside == "make_client"
        assert one(slow(at=None, inside="ask")).inside == "ask"
        assert one(slow(at=spot(99))).inside is None

    @pytest.mark.parametrize(("in_handler", "severity"), [(True, "error"), (False, "warning"), (None, "warning")])
    def test_severity_is_the_first_line_that_holds_and_the_lowest_when_unknown(self, one, in_handler, severity):
        assert one(slow(in_handler=in_handler)).severity == severity

    def test_findings_are_sorted_by_severity_and_place(self, judged):
        made = judged(slow(9, at=spot(9)), slow(5, at=spot(5)), slow(99, at=spot(99), in_handler=True))
        assert [f.span.line for f in made.findings] == [99, 5, 9]

    def test_a_project_is_asked_as_a_whole(self, judged, one):
        rules = {"tracer": PROJECT}
        assert not judged(rules=rules).findings
        tracer = Evidence(id="e", span=spot(1), role="app", project=".", initialised=True)
        assert not judged(slow(1, 5), tracer, rules=rules).findings
        found = one(slow(7, 5), slow(6, 5), rules=rules)
        assert (found.message, found.span.path, found.span.line) == (". has no tracer", "pyproject.toml", 1)

    def test_a_project_finding_stands_at_the_first_fact_of_a_kind_or_the_first_call(self, one):
        calls = [slow(7, 5), slow(6, 5)]
        assert one(*calls, rules={"tracer": PROJECT + "at: {first: llm.call}"}).span.line == 6
        assert one(*calls, rules={"tracer": PROJECT}, projects=[Project(".")]).span.line == 6

    def test_a_control_that_cannot_work_is_pointed_at_and_is_no_absence(self, one):
        at = "absence: true\nat: [{first: evidence, where: {initialised: {is: false}}}, {first: llm.call}]"
        rules = {"tracer": PROJECT + at}
        call = slow(6, 5)
        paper = Evidence(id="e", span=spot(9), role="app", project=".", initialised=False)
        missing, there = one(call, rules=rules), one(call, paper, rules=rules)
        assert (missing.span.line, missing.absence) == (6, True)
        assert (there.span.line, there.absence) == (9, False)

    @pytest.mark.parametrize(
        ("value", "duration", "text"),
        [
            (600, True, "10 minutes"), (90, True, "90 seconds"), (60, True, "60 seconds"), (3600, True, "1 hour"),
            (1, True, "1 second"), (0.5, True, "0.5 seconds"), ("none", True, "for ever"),
            (None, True, "an unknown time"), ("none", False, "no limit"), (["a"], False, "a"),
            (["a", "b", "c"], False, "a, b and c"), ([], False, "nothing"),
            (12.5, False, "12.5"), (5.0, False, "5"), (True, False, "yes"), (None, False, "unknown"),
        ],
    )  # fmt: skip
    def test_values_are_told_as_people_say_them(self, value, duration, text):
        assert in_words(value, duration) == text


class TestScore:
    def checklist(self, judged, *facts, **more):
        more.setdefault("rules", {"blocked": BLOCKED, "capped": CAPPED})
        return judged(*facts, **more).checklists["."]

    def item(self, checklist, name):
        return next(item for section in checklist.sections for item in section.items if item.item == name)

    def fact(self, line, value=5, blocking=False, source="call"):
        return slow(line, value, blocking_in_async=blocking, max_output=Setting(9, source))

    def test_an_item_is_the_share_of_facts_that_hold(self, judged):
        made = self.checklist(judged, self.fact(1), self.fact(2, 90), self.fact(3), self.fact(4, None))
        item = self.item(made, "timeouts")
        assert (item.holding, item.failing, item.undecided) == (2, 1, 1)
        assert item.share == pytest.approx(2 / 3)
        assert (item.status, item.weight, item.rules) == ("fails", 3, ["slow"])

    def test_sections_and_total_are_weighted_means_rounded_down(self, judged):
        made = self.checklist(judged, self.fact(1), self.fact(2, 90), self.fact(3))
        latency, cost = made.sections
        assert latency.share == pytest.approx((3 * 2 / 3 + 1) / 4)
        assert (latency.weight, cost.share, cost.weight) == (4, 1.0, 4)
        assert (made.score, made.decided, made.total, made.coverage) == (87, 3, 3, 1.0)

    def test_a_fact_takes_the_worst_verdict_of_the_rules_of_an_item(self, judged):
        also = SLOW.replace("at_most: $seconds", "at_least: 10")
        made = self.checklist(judged, self.fact(1, 5), self.fact(2, 30), self.fact(3, None), rules={"quick": also})
        item = self.item(made, "timeouts")
        assert (item.holding, item.failing, item.undecided) == (1, 1, 1)
        assert item.rules == ["quick", "slow"]

    def test_an_item_is_the_mean_of_its_facts_and_of_its_project_rules(self, judged):
        project = PROJECT.replace("cost/capped", "latency/timeouts")
        made = self.checklist(judged, self.fact(1), self.fact(2, 90), rules={"tracer": project})
        assert self.item(made, "timeouts").share == pytest.approx((1 / 2 + 0) / 2)

    def test_statuses(self, judged):
        made = self.checklist(judged, self.fact(1, None, blocking=False))
        statuses = {item.item: (item.status, item.weight) for section in made.sections for item in section.items}
        assert statuses == {
            "timeouts": ("unknown", 3), "event-loop": ("holds", 1), "empty": ("no-rule", 0),
            "targets": ("attestable", 0), "capped": ("holds", 4),
        }  # fmt: skip
        assert (made.decided, made.total, made.coverage) == (2, 3, 5 / 8)

    def test_nothing_to_ask_about_is_not_applicable_and_has_no_score(self, judged):
        made = self.checklist(judged)
        assert (made.score, made.decided, made.total, made.coverage) == (None, 0, 0, 0.0)
        assert self.item(made, "timeouts").status == "not-applicable"

    def test_under_half_of_the_weight_decided_is_not_enough(self, judged):
        made = self.checklist(judged, self.fact(1, None, None, "call"))
        assert made.coverage == 0.5
        assert made.score == 100
        assert self.checklist(judged, self.fact(1, 5, None, "unknown")).score is None

    def test_pedantic_rules_are_reported_and_do_not_count(self, judged):
        made = self.checklist(judged, self.fact(1, 90), rules={"slow": SLOW + "default: pedantic\n"})
        assert self.item(made, "timeouts").status == "no-rule"
        assert made.total == 0

    def test_what_is_selected_and_ignored_does_not_change_it(self, judged):
        facts = [self.fact(1), self.fact(2, 90)]
        plain = self.checklist(judged, *facts)
        assert self.checklist(judged, *facts, select=["capped"], ignore={"slow": "x"}, pedantic=True) == plain


class TestSelect:
    def shown(self, judged, pack, given=None, rules=None, **wishes):
        made = judged(slow(10, at=spot(3, "a/clients.py")), rules=rules)
        return select(made.findings, pack(**(rules or {})), settings(**wishes), given)

    def test_default_rules_are_shown(self, judged, pack):
        assert [f.rule for f in self.shown(judged, pack).shown] == ["slow"]

    @pytest.mark.parametrize("name", ["slow", "latency", "latency/timeouts"])
    def test_rules_items_and_sections_may_be_selected_and_ignored(self, judged, pack, name):
        assert self.shown(judged, pack, select=[name]).shown
        assert not self.shown(judged, pack, select=["cost"]).shown
        ignored = self.shown(judged, pack, ignore={name: "a reason"})
        assert not ignored.shown
        assert len(ignored.ignored) == 1

    @pytest.mark.parametrize(
        ("default", "wishes", "shown"),
        [
            ("pedantic", {}, False), ("pedantic", {"pedantic": True}, True), ("pedantic", {"select": ["slow"]}, True),
            ("pedantic", {"select": ["latency"]}, False), ("preview", {"pedantic": True}, False),
            ("preview", {"select": ["slow"]}, True),
        ],
    )  # fmt: skip
    def test_pedantic_rules_need_the_flag_and_preview_rules_their_name(self, judged, pack, default, wishes, shown):
        rules = {"slow": SLOW + f"default: {default}\n"}
        assert bool(self.shown(judged, pack, rules=rules, **wishes).shown) is shown

    @pytest.mark.parametrize(
        ("given", "shown"),
        [(["a/clients.py"], True), (["a"], True), (["app.py"], True), (["b"], False), (["."], True), ([], False)],
    )
    def test_given_paths_keep_findings_that_stand_in_them_or_are_used_there(self, judged, pack, given, shown):
        assert bool(self.shown(judged, pack, given=given).shown) is shown


def test_layers_are_found_by_their_own_place(one):
    rule = expecting("{retry.layers: {none: {attempts: {is: unbounded}, fires: {is: true}}}}")
    layers = [RetryLayer("sdk", 3, True, at=spot(3)), RetryLayer("loop", "unbounded", True, at=spot(9), why_not=None)]
    assert one(call(retry=Retry("explicit", "unbounded", layers, at=spot(3))), rules={"slow": rule}).span == spot(9)
