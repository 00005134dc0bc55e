"""What packs may say, and how a pack that is wrong is complained about."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from readylint.packs import Pack, PackError, builtin_root, document, load
from readylint.packs.condition import All, Ask, Count, Either, Field, Not, Over, Param
from readylint.packs.source import COMPILED, Compiled, Folder, compile_folder, open_source

HEAD = """\
name: acme
version: "1"
sections:
  latency:
    title: Fast
    items:
      timeouts: {title: In time, weight: 3}
      targets: {title: Written down, attested: true}
"""
RULE = """\
title: Holds
failing: "{callee} is slow"
item: latency/timeouts
severity: warning
for: llm.call
expect: {timeout.value: {at_most: 60}}
---
why: because
"""


@pytest.fixture
def pack(tmp_path):
    """Writes a pack of the given files, with a head and one rule unless they are given, and loads it."""

    def write(rule=RULE, head=HEAD, **files):
        for name, text in {"pack.yaml": head, "latency/slow.yaml": rule, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return load([tmp_path], builtin=False)

    return write


@pytest.fixture
def complaint(pack, tmp_path):
    """What is said of a pack that is wrong, without the folder."""

    def say(*args, **files):
        with pytest.raises(PackError) as caught:
            pack(*args, **files).check()
        return str(caught.value).replace(f"{tmp_path}/", "")

    return say


def changed(old, new):
    assert old in RULE
    return RULE.replace(old, new)


def expecting(text):
    return changed("{timeout.value: {at_most: 60}}", text)


class TestYaml:
    def test_words_that_yaml_1_1_reads_as_something_else_are_text(self):
        [value] = document.documents("[no, on, Yes, 012, 0x1f, 1:30, 2026-01-02, 1_000, .inf]")
        assert value == ["no", "on", "Yes", "012", "0x1f", "1:30", "2026-01-02", "1_000", ".inf"]

    def test_plain_values_are_read(self):
        assert document.documents("[1, -2, 3.5, 1e3, true, false, null, ~, '1', text]") == [
            [1, -2, 3.5, 1000.0, True, False, None, None, "1", "text"]
        ]

    def test_keys_are_always_text(self):
        assert document.documents("{0: a, true: b, null: c}") == [{"0": "a", "true": "b", "null": "c"}]

    def test_a_merge_key_fills_in_what_is_not_given(self):
        text = "base: &b {x: 1, y: 2}\nmine:\n  y: 3\n  <<: *b\n"
        assert document.documents(text)[0]["mine"] == {"x": 1, "y": 3}

    @pytest.mark.parametrize(
        ("text", "message", "line"),
        [
            ("a: 1\na: 2\n", "the key 'a' is here twice", 2),
            ("a: !!python/object:os.system x\n", "tags such as", 1),
            ("a: !mine x\n", "tags such as", 1),
            ("a: &x [*x]\n", "contains itself", 1),
            ("a: [1\n", "not YAML", 2),
            ("a: 1\n\tb: 2\n", "not YAML", 2),
            ("? [a]\n: b\n", "a key has to be text", 1),
        ],
    )
    def test_what_would_surprise_is_refused_with_its_place(self, text, message, line):
        with pytest.raises(document.Refused, match=message) as caught:
            document.documents(text)
        assert caught.value.line == line

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("sdk: x\nimports: [a, b.c]\nrest: [", ["a", "b.c"]),
            ("imports: a\n", "a"),
            ("nested: {imports: [no]}\nlist: [imports, no]\nimports:\n- yes\n", ["yes"]),
            ("other: 1\n", None),
        ],
    )
    def test_one_key_is_found_without_reading_what_follows(self, text, value):
        assert document.top_value(text, "imports") == value


class TestErrors:
    def test_an_unknown_key_is_named_with_its_place_and_a_suggestion(self, complaint):
        text = changed("severity:", "severty:")
        assert complaint(text) == "latency/slow.yaml:4:1: severty: unknown key 'severty'; did you mean 'severity'?"

    def test_a_wrong_type_says_what_was_expected(self, complaint):
        head = HEAD.replace("weight: 3", "weight: heavy")
        assert complaint(RULE, head) == (
            "pack.yaml:7:42: sections.latency.items.timeouts.weight: expected a number, found the text 'heavy'"
        )

    def test_a_missing_key_stands_at_the_mapping(self, complaint):
        assert complaint(changed("title: Holds\n", "")) == "latency/slow.yaml:1:1: the key 'title' is missing"

    def test_an_error_in_the_prose_stands_in_the_second_document(self, complaint):
        assert complaint(RULE.replace("why: because", "wy: because")).startswith("latency/slow.yaml:8:1: wy: unknown")

    def test_a_rule_file_has_two_documents(self, complaint):
        assert "two documents" in complaint(RULE.partition("---")[0])

    @pytest.mark.parametrize(
        ("expectation", "message"),
        [
            ("{timeout.valu: {is: none}}", "expect.timeout.valu: 'timeout' has no 'valu'; did you mean 'value'?"),
            ("{tiemout.value: {is: none}}", "a fact of this kind has no 'tiemout'; did you mean 'timeout'?"),
            ("{timeout.value: {at_mots: 3}}", "unknown test 'at_mots'; did you mean 'at_most'?"),
            ("{timeout.value: {at_most: $secs}}", "unknown parameter '$secs'"),
            ("{timeout.value: {at_most: {field: retry.atempts}}}", "'retry' has no 'atempts'"),
            ("{timeout.value: {at_most: soon}}", "expected a number, found the text 'soon'"),
            ("{guard.status: {is: sight}}", "the text 'sight' never stands here; expected site, decorator"),
            ("{guard.status: {in: [site, unknown]}}", "expect.guard.status.in.1: what cannot be told"),
            ("{in_handler: {is: 'yes'}}", "the text 'yes' never stands here; expected true, false"),
            ("{guard.status: {at_most: 3}}", "this is no number"),
            ("{output.drives: {is: write}}", "some, each, none or count"),
            ("{output.parses.how: {is: json}}", "'output.parses' is a list"),
            ("{timeout.value: {some: {is: 3}}}", "this is not a list"),
            ("{output.drives: {some: {is: wriet}}}", "never stands here"),
            ("{guard: {is: site}}", "ask one of them"),
            ("{guard.status: {set: true}}", "can only be asked of a setting"),
            ("{settings.temprature: {set: true}}", "did you mean 'temperature'?"),
            ("{callee: {matches: '('}}", "not a regular expression"),
            ("{all: []}", "expected a list of conditions"),
            ("{}", "an empty condition"),
            ("site", "expected a condition"),
        ],
    )
    def test_conditions_are_held_against_the_contract(self, complaint, expectation, message):
        assert message in complaint(expecting(expectation))

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("for: llm.call", "for: llm.cal", "unknown kind of fact 'llm.cal'; did you mean 'llm.call'?"),
            ("latency/timeouts", "latency/timeout", "no item 'latency/timeout' in the checklist; did you mean"),
            ("latency/timeouts", "latency/targets", "is attested"),
            ("{callee}", "{calee}", "failing: a fact of this kind has no 'calee'; did you mean 'callee'?"),
            ("{callee}", "{callee", "the braces do not fit"),
            ("{callee}", "{}", "a path or $param"),
            ("severity: warning", "severity: fatal", "expected one of error, warning, note"),
            ("severity: warning", "severity: [{when: {in_handler: {is: true}}, is: error}]", "the last has none"),
            ("severity: warning", "severity: warning\nat: {first: secrt}", "unknown kind of fact 'secrt'"),
            ("severity: warning", "severity: warning\nat: guard.att", "'guard' has no 'att'"),
            ("severity: warning", "severity: warning\nlabel: {when: true}", "label: expected text, found a mapping"),
            ("severity: warning", "severity: warning\nlabel: []", "label: an empty list"),
            (
                "severity: warning",
                "severity: warning\nlabel: [{is: a}, {is: b}]",
                "label.0: every line but the last has",
            ),
            ("severity: warning", "severity: warning\nlabel: '{calee}'", "label: a fact of this kind has no 'calee'"),
            (
                "severity: warning",
                "severity: warning\nfix: {text: [{when: true, is: a}]}",
                "fix.text.0: every line but",
            ),
            ("severity: warning", "severity: warning\nfix: {text: 3}", "fix.text: expected text, found the number 3"),
            (
                "severity: warning",
                "severity: warning\nalso: [{places: guard.bear, label: a}]",
                "also.0.places: 'guard' has",
            ),
            (
                "severity: warning",
                "severity: warning\nalso: [{places: callee, label: a}]",
                "also.0.places: 'callee' is no",
            ),
            (
                "severity: warning",
                "severity: warning\nalso: [{places: guard.at, label: '{x}'}]",
                "also.0.label: a fact of",
            ),
            ("severity: warning", "severity: warning\nscope: [app, tests]", "did you mean 'test'?"),
            ("severity: warning", "severity: warning\ncheck: x", "either 'expect' or 'check'"),
            ("severity: warning", "severity: warning\ndefault: sometimes", "expected one of true, pedantic, preview"),
        ],
    )
    def test_the_rest_of_a_rule_is_checked_too(self, complaint, old, new, message):
        assert message in complaint(changed(old, new))

    def test_a_rule_stands_in_the_folder_of_its_section(self, complaint, pack):
        other = HEAD + "  cost:\n    title: Cheap\n    items: {capped: {title: Capped, weight: 1}}\n"
        assert "the file stands in 'latency'" in complaint(changed("latency/timeouts", "cost/capped"), other)

    def test_a_question_names_sections_that_exist(self, complaint):
        head = HEAD + "questions: [{ask: Fast?, sections: [latncy]}]\n"
        assert "there is no section 'latncy'" in complaint(RULE, head)

    def test_a_folder_without_a_head_is_no_pack(self, tmp_path):
        with pytest.raises(PackError, match="no pack"):
            load([tmp_path], builtin=False)

    def test_a_catalogue_file_is_complained_about_when_it_is_read(self, pack, tmp_path):
        text = "sdk: x\nprovider: x\npackage: x\nimports: [x]\ncalls:\n  - {path: ask, of: [client], operatoin: chat}\n"
        loaded = pack(**{"sdks/x.yaml": text})
        with pytest.raises(PackError, match=r"sdks/x.yaml:6:31: calls.0.operatoin: .*did you mean 'operation'"):
            loaded.sdks(["x.y"])


class TestConditions:
    def read(self, pack, text, params=""):
        return pack(expecting(text).replace("for: llm.call", f"for: llm.call\n{params}")).rules[0].expect

    def test_several_tests_and_several_paths_are_all_meant(self, pack):
        read = self.read(pack, "{timeout.value: {at_least: 1, at_most: 9}, in_task: {is: true}}")
        low, high = Ask(("timeout", "value"), "at_least", 1), Ask(("timeout", "value"), "at_most", 9)
        assert read == All((All((low, high)), Ask(("in_task",), "is", True)))

    def test_not_any_and_all_stand_before_and_behind_a_path(self, pack):
        behind = self.read(pack, "{timeout.value: {not: {any: [{is: none}, {at_least: 9}]}}}")
        before = self.read(pack, "{not: {any: [{timeout.value: {is: none}}, {timeout.value: {at_least: 9}}]}}")
        parts = (Ask(("timeout", "value"), "is", "none"), Ask(("timeout", "value"), "at_least", 9))
        assert behind == before == Not(Either(parts))

    def test_inside_a_quantifier_paths_start_at_the_element(self, pack):
        read = self.read(pack, "{output.parses: {each: {validated_by: {matches: pydantic}}}}")
        assert read == Over(("output", "parses"), "each", Ask(("validated_by",), "matches", "pydantic"))

    def test_elements_that_are_plain_values_take_tests_directly(self, pack):
        read = self.read(pack, "{output.drives: {some: {in: [write, tool]}}}")
        assert read == Over(("output", "drives"), "some", Ask((), "in", ("write", "tool")))

    def test_a_count_may_be_of_some_elements_only(self, pack):
        read = self.read(pack, "{retry.layers: {count: {where: {fires: {is: true}}, at_most: 2}}}")
        assert read == Count(("retry", "layers"), Ask(("fires",), "is", True), Ask((), "at_most", 2))

    def test_operands_may_be_parameters_and_other_fields(self, pack):
        read = self.read(pack, "{timeout.value: {at_most: $s, at_least: {field: retry.attempts}}}", "params: {s: 3}")
        assert read == All((
            Ask(("timeout", "value"), "at_most", Param("s")),
            Ask(("timeout", "value"), "at_least", Field(("retry", "attempts"))),
        ))  # fmt: skip

    def test_a_project_is_asked_of_its_facts_and_a_kind_narrows_them(self, pack):
        text = expecting("{facts: {some: {kind: {is: evidence}, category: {is: tracer}}}}")
        text = text.replace("for: llm.call", "for: project").replace("{callee} is slow", "{path} is slow")
        assert isinstance(pack(text).rules[0].expect, Over)

    def test_a_narrowed_fact_has_only_the_fields_of_its_kind(self, complaint):
        text = expecting("{facts: {some: {kind: {is: evidence}, callee: {is: x}}}}")
        text = text.replace("for: llm.call", "for: project").replace("{callee} is slow", "{path} is slow")
        assert "has no 'callee'" in complaint(text)


class TestPacks:
    def test_ids_of_a_pack_with_a_prefix_start_with_it(self, pack):
        assert [rule.id for rule in pack(RULE, HEAD + "prefix: acme\n").rules] == ["acme/slow"]

    def test_several_packs_are_read_as_one(self, tmp_path):
        head = "name: acme\nversion: '1'\nprefix: acme\n"
        for name, text in {"pack.yaml": head, "latency/gateway-timeout.yaml": RULE}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        both = load([tmp_path])
        assert both.rule("acme/gateway-timeout") is not None
        assert both.rule("slow-timeout") is not None
        assert both.prose("acme/gateway-timeout").why == "because"
        assert both.version == load().version

    def test_two_rules_of_one_id_are_an_error(self, tmp_path):
        (tmp_path / "latency").mkdir()
        (tmp_path / "pack.yaml").write_text("name: acme\nversion: '1'\n")
        (tmp_path / "latency/slow-timeout.yaml").write_text(RULE)
        with pytest.raises(PackError, match="defined twice"):
            load([tmp_path])

    def test_sdk_files_are_found_by_the_modules_that_are_imported(self, pack):
        text = "sdk: {0}\nprovider: {0}\npackage: {0}\nimports: [{1}]\ncalls:\n  - {{path: ask, of: c}}\n"
        loaded = pack(**{"sdks/a.yaml": text.format("a", "acme.llm"), "sdks/b.yaml": text.format("b", "other")})
        assert loaded.sdk_index == {"acme.llm": ["sdks/a.yaml"], "other": ["sdks/b.yaml"]}
        assert [sdk.sdk for sdk in loaded.sdks(["acme.llm.types", "os"])] == ["a"]
        assert loaded.sdks(["acme", "othermodule"]) == []
        assert loaded.sdks(["acme.llm"])[0].calls[0].of == ["c"]

    def test_things_with_an_id_may_be_written_as_a_mapping(self, pack):
        text = "sdk: a\nprovider: a\npackage: a\nimports: a\nviews: {aio: {of: client, path: aio, async: true}}\n"
        [view] = pack(**{"sdks/a.yaml": text}).sdks(["a"])[0].views
        assert (view.id, view.of, view.path, view.is_async) == ("aio", ["client"], "aio", True)

    def test_models_are_found_by_id(self, pack):
        models = "models:\n  - {id: big, provider: a, sibling: small, input: 4}\n"
        text = f"as_of: 2026-11-20\nstrip: {{prefixes: [eu.]}}\n{models}"
        loaded = pack(**{"models.yaml": text})
        assert loaded.models()["big"].sibling == "small"
        assert loaded.models_as_of == "2026-11-20"
        assert loaded.model_spellings["prefixes"] == ["eu."]

    def test_a_pack_without_models_has_none(self, pack):
        assert pack().models() == {}


class TestBuiltin:
    def test_everything_in_it_can_be_read(self):
        load().check()

    def test_every_section_has_its_items_and_the_questions_ask_all_of_them(self):
        plan = load().checklist
        assert {name for question in plan.questions for name in question.sections} == set(plan.sections)
        assert all(item.attested != bool(item.weight) for item in plan.items().values())

    def test_rules_stand_in_the_order_of_the_checklist(self):
        pack = load()
        order = list(pack.checklist.items())
        places = [order.index(rule.item) for rule in pack.rules]
        assert places == sorted(places)

    def test_no_python_file_names_a_provider(self):
        names = {sdk.provider for sdk in load().sdks(load().sdk_index)} - {"unknown", "http"}
        for file in Path(builtin_root()).parent.glob("readylint/packs/*.py"):
            assert not {name for name in names if f'"{name}"' in file.read_text(encoding="utf-8")}


class TestCompiled:
    @pytest.fixture
    def folder(self, tmp_path):
        shutil.copytree(builtin_root(), tmp_path / "rules")
        target = tmp_path / "rules" / COMPILED
        command = [sys.executable, "-m", "readylint.packs", "compile", str(tmp_path / "rules"), str(target)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
        return tmp_path / "rules"

    def test_it_says_what_the_yaml_files_say(self, folder):
        compiled, read = open_source(folder), Folder(builtin_root())
        assert isinstance(compiled, Compiled)
        one, other = Pack([compiled]), Pack([read])
        assert one.rules == other.rules
        assert one.checklist == other.checklist
        assert [one.prose(rule.id) for rule in one.rules] == [other.prose(rule.id) for rule in one.rules]
        assert one.sdk_index == other.sdk_index
        assert one.framework_index == other.framework_index
        assert one.sdks(one.sdk_index) == other.sdks(one.sdk_index)
        assert one.frameworks(one.framework_index) == other.frameworks(one.framework_index)
        assert one.evidence() == other.evidence()
        assert one.models() == other.models()

    def test_it_is_used_when_the_yaml_files_are_gone(self, folder):
        for file in folder.rglob("*.yaml"):
            file.unlink()
        assert isinstance(open_source(folder), Compiled)
        Pack([open_source(folder)]).check()

    def test_it_is_not_used_when_a_yaml_file_has_changed(self, folder):
        with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        assert isinstance(open_source(folder), Folder)

    def test_it_is_not_used_when_it_is_damaged(self, folder):
        (folder / COMPILED).write_text("{")
        assert isinstance(open_source(folder), Folder)

    def test_a_pack_that_is_wrong_is_not_compiled(self, tmp_path):
        (tmp_path / "pack.yaml").write_text("a: 1\na: 2\n")
        command = [sys.executable, "-m", "readylint.packs", "compile", str(tmp_path), str(tmp_path / "out.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
        assert done.returncode == 2
        assert "pack.yaml:2:1" in done.stderr

    def test_the_form_is_plain_json(self, folder):
        assert compile_folder(builtin_root()) == json.loads((folder / COMPILED).read_text(encoding="utf-8"))
