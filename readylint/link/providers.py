"""Who answers a call."""

from __future__ import annotations

from readylint.catalogue import Sdk
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.knowledge import Knowledge
from readylint.values import SdkObject


class Providers:
    """Names the provider behind a call."""

    def __init__(self, knowledge: Knowledge, effective: Effective) -> None:
        self.knowledge = knowledge
        self.effective = effective

    def of(self, call: ModelCall) -> str:
        """The provider of a call: by its endpoint, its constructor, its host, or its SDK."""
        if call.endpoint is not None:
            return call.endpoint.provider
        named = [name for name in map(self._named, call.objects) if name is not None]
        if named:
            return named[0]
        hosts = {part: p for sdk in self._sdks_inside(call) for part, p in sdk.providers.items()}
        for reading in self.effective.readings(call, "base_url") if hosts else ():
            if isinstance(reading.value, str):
                for part, provider in hosts.items():
                    if part in reading.value:
                        return provider
        inside = {sdk.provider for sdk in self._sdks_inside(call)} - {"unknown"}
        return call.call.provider or (inside.pop() if len(inside) == 1 else call.sdk.provider)

    def _named(self, value: SdkObject) -> str | None:
        """The provider that the constructor stands for, or that of the only model object inside."""
        client = self.knowledge.client(value.sdk, value.constructor)
        if client is not None and client.provider:
            return client.provider
        inside = {self._named(one) for one in self.effective.inner.of(value).objects}
        return inside.pop() if len(inside) == 1 else None

    def _sdks_inside(self, call: ModelCall) -> list[Sdk]:
        names = [name for value in call.objects for name in self.effective.inner.sdks(value)]
        return [call.sdk, *(self.knowledge.sdks[name] for name in dict.fromkeys(names) if name != call.sdk.sdk)]
