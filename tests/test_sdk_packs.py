"""An SDK that only a user's pack knows: one YAML file, no Python."""

import json
from pathlib import Path

import pytest

from readylint.cli import main

SDK = """
sdk: acme
provider: acme
package: acme-sdk
imports: [acme]
verified: {versions: [2.1.0], date: "2026-11-20", how: source-read}
clients:
  - id: client
    make: [acme.Client]
    arguments: &client {timeout: {at: [timeout], position: 1}, retries: {at: [tries], counts: attempts}}
  - {id: client, make: [acme.AsyncClient], async: true, arguments: *client}
  - {id: client, make: [acme.NewClient], since: "2.0", arguments: *client}
  - id: model
    make: [acme.Model]
    arguments: {model: {at: [name], position: 0}, timeout: {at: [timeout]}}
    defaults: [{versions: "*", timeout: 77, retries: 1}]
  - {id: agent, make: [acme.Agent], inner: {at: [model], position: 0}, arguments: {steps: {at: [max_turns]}}}
  - id: prompt
    make: [acme.prompt]
    decorator: true
    arguments: {model: {at: [model], position: 0}, timeout: {at: [timeout]}}
  - {id: pipeline, make: [acme.Pipeline], gathers: {method: add, argument: {at: [part], position: 1}}}
views:
  - {id: hurried, of: [client], method: hurried, overlay: true, arguments: *client}
arguments:
  model: {at: [model]}
  messages: {at: [text], position: 0}
  max_output: {at: [limit]}
calls:
  - {path: texts.ask, of: [client], operation: chat, stream: live}
  - {path: "()", of: [prompt], operation: chat}
  - {path: acme.ask, operation: chat}
  - {path: acme.Runner.run, operation: agent, object: {at: [agent], position: 0}}
  - {path: run, of: [pipeline], operation: chat, needs_inner: true}
defaults:
  - {versions: ">=2", timeout: 60, retries: 2, measures: read, steps: 12, confirmed: [2.1.0]}
  - {versions: "<2", timeout: none, retries: 0}
refuses:
  - {versions: ">=2", paths: [texts.ask], when: {keyword: tries}, why: "tries belong to the client"}
---
probes:
  - form: sync
    code: |
      from acme import Client
      client = Client("key", 5)
      client.texts.ask("q", model="m")  # <- call operation=chat timeout=5 attempts=3 model=m
    files: {requirements.txt: "acme-sdk==2.1.0"}
  - form: derived
    code: |
      from acme import AsyncClient
      client = AsyncClient("key").hurried(timeout=2, tries=1)
      async def ask():
          return await client.texts.ask("q")  # <- call timeout=2 attempts=1
  - form: agent
    code: |
      from acme import Agent, Model, Runner
      agent = Agent(Model("big"))
      answer = Runner.run(agent, "q")  # <- call operation=agent timeout=77 attempts=2 model=big
      limited = Runner.run(Agent(Model("big", timeout=9), max_turns=3), "q")  # <- call timeout=9 steps=3
  - form: module
    name: decorated
    code: |
      import acme
      @acme.prompt("small", timeout=4)
      def title(text): return f"A title for {text}"
      print(title("x"))  # <- call model=small timeout=4
  - form: factory
    name: pipeline
    code: |
      from acme import Model, Pipeline
      def build():
          pipeline = Pipeline()
          pipeline.add("llm", Model("m", timeout=8))
          return pipeline
      build().run("q")  # <- call timeout=8
look_alikes:
  - name: a pipeline without a model
    code: |
      from acme import Pipeline
      pipeline = Pipeline()
      pipeline.add("split", object())
      pipeline.run("q")
  - name: a class of the project's own
    code: |
      class Client:
          texts = None
      Client().texts.ask("q")
"""
PACK = "name: acme\nversion: '1'\nprefix: acme\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    (folder / "sdks").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    (folder / "sdks" / "acme.yaml").write_text(SDK)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main([*arguments])
    return code, capsys.readouterr().out


def test_its_probes_run(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "test", str(pack))
    assert "7 of 7 probes of 1 SDKs come out as they say." in out
    assert code == 0


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("timeout=5 attempts=3", "timeout=6 attempts=3", "acme: sync: app.py:3 timeout is 5, the mark says 6"),
        ("  # <- call model=small timeout=4", "", "acme: module decorated: no line is marked"),
        ('pipeline.add("split", object())', 'pipeline.add("llm", Model())', "look-alike"),
        ("attempts=2 model=big", "speed=2", "acme: agent: app.py:3 the mark says speed=, which is none of operation"),
    ],
)
def test_a_probe_that_is_not_true_is_named(
    pack: Path, capsys: pytest.CaptureFixture[str], was: str, now: str, said: str
) -> None:
    assert was in SDK
    changed = SDK.replace(was, now)
    if said == "look-alike":
        changed = changed.replace("from acme import Pipeline", "from acme import Model, Pipeline")
    (pack / "sdks" / "acme.yaml").write_text(changed)
    code, out = run(capsys, "test", str(pack))
    assert said in out
    assert code == 1


def test_findings_name_its_default_its_version_and_how_that_is_known(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "requirements.txt").write_text("acme-sdk==1.4.0\n")
    (project / "app.py").write_text('from acme import Client\n\nprint(Client("k").texts.ask("q"))\n')
    old = run(capsys, "check", "--isolated", "--pack", str(pack), str(project))[1]
    assert "error[no-timeout]" in old
    assert "acme-sdk 1.4.0 (requirements.txt) waits for ever" in old
    assert "does not retry" in old
    (project / "requirements.txt").write_text("acme-sdk==2.1.0\n")
    new = run(capsys, "check", "--isolated", "--pack", str(pack), str(project))[1]
    assert "no-timeout" not in new
    assert "no-retry" not in new


@pytest.mark.parametrize(
    ("name", "requirements", "timeout", "why"),
    [
        ("Client", "acme-sdk==1.4", "none", "acme-sdk 1.4 (requirements.txt) waits for ever"),
        ("Client", "acme-sdk>=2.0,<3", 60, "acme-sdk<3,>=2.0 (requirements.txt) waits 60 s a try"),
        ("Client", "acme-sdk>=1", None, "acme-sdk differs between >=2 and <2, and >=1 (requirements.txt) is declared"),
        ("Client", "", None, "acme-sdk differs between >=2 and <2, and no version is declared"),
        ("NewClient", "", 60, "acme-sdk>=2 (no version is declared) waits 60 s a try and tries 3 times [measured with"),
        ("NewClient", "acme-sdk>=1", 60, "acme-sdk>=1 (requirements.txt) waits 60 s a try"),
    ],
)  # fmt: skip
def test_a_default_is_that_of_the_version_or_unknown(
    pack: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    requirements: str,
    timeout: object,
    why: str,
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").write_text(f'from acme import {name}\n\nprint({name}("k").texts.ask("q"))\n')
    (project / "requirements.txt").write_text(requirements)
    sheet = json.loads(run(capsys, "facts", "--isolated", "--pack", str(pack), "--format", "json", str(project))[1])
    [call] = [f for f in sheet["facts"] if f["kind"] == "llm.call"]
    assert call["timeout"]["value"] == timeout
    assert why in call["timeout"]["why"]


def test_what_it_refuses_is_reported_for_the_versions_that_do(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").write_text('from acme import Client\n\nprint(Client("k").texts.ask("q", tries=3))\n')
    for version, refused in (("acme-sdk==2.1.0", True), ("acme-sdk==1.9", False), ("acme-sdk>=2", True)):
        (project / "requirements.txt").write_text(version)
        out = run(capsys, "check", "--isolated", "--pack", str(pack), "--format", "json", str(project))[1]
        found = [f for f in json.loads(out)["findings"] if f["rule"] == "call-refused"]
        assert [f["label"] for f in found] == (["tries belong to the client"] if refused else [])
    (project / "requirements.txt").write_text("acme-sdk")
    facts = json.loads(run(capsys, "facts", "--isolated", "--pack", str(pack), "--format", "json", str(project))[1])
    assert [r["certain"] for f in facts["facts"] if f["kind"] == "llm.call" for r in f["refused"]] == [None]


def test_it_stands_in_the_table_of_sdks(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = {e["sdk"]: e for e in json.loads(run(capsys, "sdks", "--pack", str(pack), "--format", "json")[1])}
    assert [d["confirmed"] for d in known["acme"]["defaults"]][:2] == [["2.1.0"], []]
