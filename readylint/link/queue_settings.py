"""Settings of a queue for all its tasks: keywords of its constructor or configuration, names of a settings module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import QueueRule
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entry
    from readylint.link.resolver import Resolver

FILES = 6
"""Files with a setting of that name that are looked into."""


class QueueSettings:
    """Finds the nodes that stand for them."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self._memo: dict[str, list[Ref]] = {}
        self._makers: dict[str, list[Ref]] = {}

    def find(self, queue: QueueRule, setting: str, entry: Entry) -> list[Ref]:
        """The first of the names of a setting that is given somewhere."""
        for name in queue.keywords.get(setting, ()):
            found = [r for call in self.makers(queue) if (r := self.resolver.argument(call, name)) is not None]
            if found:
                return found
        for name in queue.settings.get(setting, ()):
            found = self._in_class(name, entry) if queue.in_class else self._anywhere(queue, name)
            if found:
                return found
        return []

    def _in_class(self, name: str, entry: Entry) -> list[Ref]:
        """Beside the list of the tasks."""
        if entry.at is None:
            return []
        for flow in self.program.modules[entry.at.module].classes:
            values = [n for numbers in flow.bindings.values() for n in numbers]
            if flow.owner == entry.at.function and entry.at.node in values:
                return [entry.at.sibling(n) for n in flow.bindings.get(name, ())]
        return []

    def _anywhere(self, queue: QueueRule, name: str) -> list[Ref]:
        key = f"{','.join(queue.make)} {name}"
        if key not in self._memo:
            self.makers(queue)
            self._memo[key] = self._keywords(queue, name) or self._attributes(queue, name) or self._names(name)
        return self._memo[key]

    def makers(self, queue: QueueRule) -> list[Ref]:
        """The calls that build the queue or the app, in files too that were not read yet: they call no model."""
        key = ",".join(queue.make)
        if key not in self._makers:
            tails = list(dict.fromkeys(m.rsplit(".", 1)[-1] for m in queue.make))
            for path in [p for tail in tails for p in sorted(self.program.holding(f"{tail}("))[:FILES]]:
                self.program.load(path)
            self._makers[key] = [
                call
                for tail in tails
                for call in list(self.program.calls_by_tail.get(tail, ()))
                if self.callees.of(call).names & set(queue.make)
            ]
        return self._makers[key]

    def _keywords(self, queue: QueueRule, name: str) -> list[Ref]:
        """`Celery(..., backend=...)`, `app.conf.update(task_time_limit=300)`."""
        calls = list(self.makers(queue))
        calls += [c for c in self.program.calls_by_tail.get("update", ()) if self._is_configuration(queue, c)]
        return [ref for call in calls if (ref := self.resolver.argument(call, name)) is not None]

    def _is_configuration(self, queue: QueueRule, call: Ref) -> bool:
        target = self.program.node(call.sibling(self.program.node(call).args[0]))
        base = self.program.node(call.sibling(target.args[0])) if target.op == "attr" else None
        return base is not None and base.op == "attr" and base.args[1] == queue.configuration

    def _attributes(self, queue: QueueRule, name: str) -> list[Ref]:
        """`app.conf.task_time_limit = 300`."""
        found: list[Ref] = []
        for module, function, position in self.program.stores_by_attribute.get(name, ()):
            store = self.program.modules[module].functions[function].stores[position]
            base = self.program.node(Ref(module, function, store.base))
            if base.op == "attr" and base.args[1] == queue.configuration:
                found.append(Ref(module, function, store.value))
        return found

    def _names(self, name: str) -> list[Ref]:
        """A name of a settings module, or of a class in one."""
        found: list[Ref] = []
        for path in sorted(self.program.holding(name))[:FILES]:
            index = self.program.load(path)
            if index is None:
                continue
            module = self.program.modules[index]
            found += [Ref(index, 0, n) for n in module.functions[0].bindings.get(name, ())]
            found += [Ref(index, c.owner, n) for c in module.classes for n in c.bindings.get(name, ())]
        return found
