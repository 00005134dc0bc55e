"""What object is this expression? The forms in which real code makes, keeps and passes clients and settings."""

from __future__ import annotations

import pytest
from conftest import CallOf, FactsOf, calls

CREATE = 'chat.completions.create(model="gpt-5.6", messages=m)'

# Each makes one client with a time limit of 30 seconds; the call is found and the limit is known.
IN_ONE_FILE = {
    "module-level client": f"""
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m):
            return client.{CREATE}
    """,
    "import of the module": f"""
        import openai
        client = openai.OpenAI(timeout=30)
        def ask(m):
            return client.{CREATE}
    """,
    "import under another name": f"""
        import openai as oa
        from openai import OpenAI as Maker
        make = Maker
        client = make(timeout=30)
        def ask(m):
            return client.{CREATE}
    """,
    "self.client": f"""
        from openai import OpenAI
        class Bot:
            def __init__(self):
                self.client = OpenAI(timeout=30)
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "self.client of a base class": f"""
        from openai import OpenAI
        class Base:
            def __init__(self):
                self.client = OpenAI(timeout=30)
        class Middle(Base):
            pass
        class Bot(Middle):
            def __init__(self):
                super().__init__()
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "set by another method": f"""
        from openai import OpenAI
        class Bot:
            client = None
            def start(self):
                self.client = OpenAI(timeout=30)
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "class attribute": f"""
        from openai import OpenAI
        class Bot:
            client = OpenAI(timeout=30)
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "class attribute through the class": f"""
        from openai import OpenAI
        class Bot:
            client = OpenAI(timeout=30)
            @classmethod
            def ask(cls, m):
                return cls.client.{CREATE}
    """,
    "object of the class elsewhere": f"""
        from openai import OpenAI
        class Services:
            def __init__(self):
                self.llm = OpenAI(timeout=30)
        services = Services()
        def ask(m):
            return services.llm.{CREATE}
    """,
    "cached_property": f"""
        from functools import cached_property
        from openai import OpenAI
        class Bot:
            @cached_property
            def client(self):
                return OpenAI(timeout=30)
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "property over a hidden attribute": f"""
        from openai import OpenAI
        class Bot:
            _client = None
            @property
            def client(self):
                if self._client is None:
                    self._client = OpenAI(timeout=30)
                return self._client
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "lazy get_client with a global": f"""
        from openai import OpenAI
        _client = None
        def get_client():
            global _client
            if _client is None:
                _client = OpenAI(timeout=30)
            return _client
        def ask(m):
            return get_client().{CREATE}
    """,
    "cached factory": f"""
        from functools import lru_cache
        from openai import OpenAI
        @lru_cache(maxsize=1)
        def get_client() -> OpenAI:
            return OpenAI(timeout=30)
        def ask(m):
            return get_client().{CREATE}
    """,
    "with": f"""
        from openai import OpenAI
        def ask(m):
            with OpenAI(timeout=30) as c:
                return c.{CREATE}
    """,
    "async with": f"""
        from openai import AsyncOpenAI
        async def ask(m):
            async with AsyncOpenAI(timeout=30) as c:
                return await c.{CREATE}
    """,
    "walrus": f"""
        from openai import OpenAI
        def ask(m):
            if (c := OpenAI(timeout=30)) is not None:
                return c.{CREATE}
    """,
    "directly on the constructor": f"""
        from openai import OpenAI
        def ask(m):
            return OpenAI(timeout=30).{CREATE}
    """,
    "conditional expression that agrees": f"""
        from openai import OpenAI
        def ask(m, key=None):
            c = OpenAI(api_key=key, timeout=30) if key else OpenAI(timeout=30)
            return c.{CREATE}
    """,
    "unpacked": f"""
        from openai import OpenAI
        def make():
            return OpenAI(timeout=30), "gpt-5.6"
        def ask(m):
            client, model = make()
            return client.{CREATE}
    """,
    "parameter that callers fill": f"""
        from openai import OpenAI
        def ask(client, m):
            return client.{CREATE}
        def main():
            ask(OpenAI(timeout=30), [])
    """,
    "parameter that callers fill by keyword": f"""
        from openai import OpenAI
        def ask(m, *, client=None):
            return client.{CREATE}
        def main():
            ask([], client=OpenAI(timeout=30))
    """,
    "parameter with a default": f"""
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m, client=client):
            return client.{CREATE}
    """,
    "parameter or else": f"""
        from openai import OpenAI
        class Bot:
            def __init__(self, client: OpenAI | None = None):
                self.client = client or OpenAI(timeout=30)
            def ask(self, m):
                return self.client.{CREATE}
        bot = Bot()
    """,
    "constructor parameter": f"""
        from openai import OpenAI
        class Bot:
            def __init__(self, client):
                self._client = client
            def ask(self, m):
                return self._client.{CREATE}
        bot = Bot(OpenAI(timeout=30))
    """,
    "dataclass field filled by its maker": f"""
        from dataclasses import dataclass
        from openai import OpenAI
        @dataclass
        class Bot:
            client: OpenAI
            def ask(self, m):
                return self.client.{CREATE}
        bot = Bot(client=OpenAI(timeout=30))
    """,
    "dataclass field with a factory": f"""
        from dataclasses import dataclass, field
        from openai import OpenAI
        @dataclass
        class Bot:
            client: OpenAI = field(default_factory=lambda: OpenAI(timeout=30))
            def ask(self, m):
                return self.client.{CREATE}
        bot = Bot()
    """,
    "pydantic field filled by its maker": f"""
        from openai import OpenAI
        from pydantic import BaseModel, ConfigDict
        class Bot(BaseModel):
            model_config = ConfigDict(arbitrary_types_allowed=True)
            client: OpenAI
            def ask(self, m):
                return self.client.{CREATE}
        bot = Bot(client=OpenAI(timeout=30))
    """,
    "pydantic field with a factory": f"""
        from openai import OpenAI
        from pydantic import BaseModel, Field
        def make() -> OpenAI:
            return OpenAI(timeout=30)
        class Bot(BaseModel):
            client: OpenAI = Field(default_factory=make)
            def ask(self, m):
                return self.client.{CREATE}
        bot = Bot()
    """,
    "Depends": f"""
        from fastapi import Depends, FastAPI
        from openai import OpenAI
        app = FastAPI()
        def get_client():
            return OpenAI(timeout=30)
        @app.post("/ask")
        def ask(m: list, client: OpenAI = Depends(get_client)):
            return client.{CREATE}
    """,
    "Annotated Depends": f"""
        from typing import Annotated
        from fastapi import Depends, FastAPI
        from openai import OpenAI
        app = FastAPI()
        def get_client():
            return OpenAI(timeout=30)
        Client = Annotated[OpenAI, Depends(get_client)]
        @app.post("/ask")
        def ask(m: list, client: Client):
            return client.{CREATE}
    """,
    "with_options at the call": f"""
        from openai import OpenAI
        client = OpenAI()
        def ask(m):
            return client.with_options(timeout=30).{CREATE}
    """,
    "with_options kept": f"""
        from openai import OpenAI
        client = OpenAI(timeout=500)
        quick = client.with_options(timeout=30)
        def ask(m):
            return quick.{CREATE}
    """,
    "wrap_openai": f"""
        from langsmith.wrappers import wrap_openai
        from openai import OpenAI
        client = wrap_openai(OpenAI(timeout=30))
        def ask(m):
            return client.{CREATE}
    """,
    "with_raw_response": """
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m):
            return client.chat.completions.with_raw_response.create(model="gpt-5.6", messages=m).parse()
    """,
    "with_streaming_response": """
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m):
            with client.chat.completions.with_streaming_response.create(model="gpt-5.6", messages=m) as answer:
                return answer.json()
    """,
    "beta": """
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m, schema):
            return client.beta.chat.completions.parse(model="gpt-5.6", messages=m, response_format=schema)
    """,
    "stored resource": """
        from openai import OpenAI
        class Bot:
            def __init__(self):
                self.chat = OpenAI(timeout=30).chat.completions
            def ask(self, m):
                return self.chat.create(model="gpt-5.6", messages=m)
    """,
    "stored resource of a module": """
        from openai import OpenAI
        completions = OpenAI(timeout=30).chat.completions
        def ask(m):
            return completions.create(model="gpt-5.6", messages=m)
    """,
    "bound method kept": """
        from openai import OpenAI
        create = OpenAI(timeout=30).chat.completions.create
        def ask(m):
            return create(model="gpt-5.6", messages=m)
    """,
    "getattr": """
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m):
            return getattr(client, "chat").completions.create(model="gpt-5.6", messages=m)
    """,
    "import inside a function": f"""
        def ask(m):
            from openai import OpenAI
            client = OpenAI(timeout=30)
            return client.{CREATE}
    """,
    "import inside try": f"""
        try:
            from openai import OpenAI
        except ImportError:
            OpenAI = None
        def ask(m):
            client = OpenAI(timeout=30)
            return client.{CREATE}
    """,
    "import for types only": f"""
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from openai import OpenAI
        def make() -> "OpenAI":
            from openai import OpenAI
            return OpenAI(timeout=30)
        def ask(m):
            return make().{CREATE}
    """,
    "importlib": f"""
        import importlib
        def ask(m):
            openai = importlib.import_module("openai")
            client = openai.OpenAI(timeout=30)
            return client.{CREATE}
    """,
    "limit from a constant": f"""
        from openai import OpenAI
        LIMIT = 30
        client = OpenAI(timeout=LIMIT)
        def ask(m):
            return client.{CREATE}
    """,
    "settings by **": f"""
        from openai import OpenAI
        OPTIONS = {{"timeout": 30, "max_retries": 1}}
        client = OpenAI(**OPTIONS)
        def ask(m):
            return client.{CREATE}
    """,
    "factory that hands its arguments on": f"""
        from openai import OpenAI
        def make(**options):
            return OpenAI(**options)
        client = make(timeout=30)
        def ask(m):
            return client.{CREATE}
    """,
    "factory with a parameter": f"""
        from openai import OpenAI
        def make(limit):
            return OpenAI(timeout=limit)
        client = make(30)
        def ask(m):
            return client.{CREATE}
    """,
    "table of clients": f"""
        from openai import OpenAI
        CLIENTS = {{"fast": OpenAI(timeout=30)}}
        def ask(m):
            return CLIENTS["fast"].{CREATE}
    """,
    "nested function": f"""
        from openai import OpenAI
        def make():
            client = OpenAI(timeout=30)
            def ask(m):
                return client.{CREATE}
            return ask
    """,
    "lambda": f"""
        from openai import OpenAI
        client = OpenAI(timeout=30)
        ask = lambda m: client.{CREATE}
    """,
    "context manager of the project": f"""
        from contextlib import contextmanager
        from openai import OpenAI
        @contextmanager
        def session():
            client = OpenAI(timeout=30)
            yield client
        def ask(m):
            with session() as client:
                return client.{CREATE}
    """,
}


@pytest.mark.parametrize("name", IN_ONE_FILE)
def test_a_client_is_followed_in_one_file(call_of: CallOf, name: str) -> None:
    call = call_of({"app.py": IN_ONE_FILE[name], "requirements.txt": "openai==2.54.0\n"})
    assert (call.sdk, call.provider, call.operation) == ("openai", "openai", "chat")
    assert call.timeout.value == 30
    assert call.timeout.source == "client"
    assert call.timeout.at is not None


ACROSS_FILES = {
    "module-level client": {
        "llm.py": "from openai import OpenAI\nclient = OpenAI(timeout=30)\n",
        "app.py": f"from llm import client\ndef ask(m):\n    return client.{CREATE}\n",
    },
    "client of an imported module": {
        "llm.py": "from openai import OpenAI\nclient = OpenAI(timeout=30)\n",
        "app.py": f"import llm\ndef ask(m):\n    return llm.client.{CREATE}\n",
    },
    "lazy get_client": {
        "llm.py": """
            from openai import OpenAI
            _client = None
            def get_client():
                global _client
                if not _client:
                    _client = OpenAI(timeout=30)
                return _client
        """,
        "app.py": f"from llm import get_client\ndef ask(m):\n    return get_client().{CREATE}\n",
    },
    "base class": {
        "base.py": """
            from openai import OpenAI
            class Base:
                def __init__(self):
                    self.client = OpenAI(timeout=30)
        """,
        "app.py": f"""
            from base import Base
            class Bot(Base):
                def ask(self, m):
                    return self.client.{CREATE}
        """,
    },
    "caller in another module": {
        "asking.py": f"""
            def ask(client, m):
                return client.{CREATE}
        """,
        "app.py": """
            from openai import OpenAI
            from asking import ask
            def main():
                ask(OpenAI(timeout=30), [])
        """,
    },
    "dataclass filled elsewhere": {
        "bot.py": f"""
            from dataclasses import dataclass
            from openai import OpenAI
            @dataclass
            class Bot:
                client: OpenAI
                def ask(self, m):
                    return self.client.{CREATE}
        """,
        "app.py": """
            from openai import OpenAI
            from bot import Bot
            bot = Bot(OpenAI(timeout=30))
        """,
    },
    "Depends on another module": {
        "deps.py": """
            from openai import OpenAI
            def get_client():
                return OpenAI(timeout=30)
        """,
        "app.py": f"""
            from fastapi import APIRouter, Depends
            from deps import get_client
            router = APIRouter()
            @router.post("/ask")
            def ask(m: list, client=Depends(get_client)):
                return client.{CREATE}
        """,
    },
    "re-exported through __init__": {
        "bot/__init__.py": "from .clients import client\n",
        "bot/clients.py": "from openai import OpenAI\nclient = OpenAI(timeout=30)\n",
        "bot/chat.py": f"from bot import client\ndef ask(m):\n    return client.{CREATE}\n",
    },
    "re-exported with a star": {
        "bot/__init__.py": "from .clients import *\n",
        "bot/clients.py": "from openai import OpenAI\nclient = OpenAI(timeout=30)\n",
        "bot/chat.py": f"from . import client\ndef ask(m):\n    return client.{CREATE}\n",
    },
    "class re-exported under another name": {
        "sdk.py": "from openai import OpenAI as Client\n",
        "app.py": f"from sdk import Client\nc = Client(timeout=30)\ndef ask(m):\n    return c.{CREATE}\n",
    },
    "relative import in a src layout": {
        "src/bot/__init__.py": "",
        "src/bot/clients.py": "from openai import OpenAI\nclient = OpenAI(timeout=30)\n",
        "src/bot/chat/__init__.py": "",
        "src/bot/chat/ask.py": f"from ..clients import client\ndef ask(m):\n    return client.{CREATE}\n",
    },
    "import inside a function": {
        "llm.py": "from openai import OpenAI\nclient = OpenAI(timeout=30)\n",
        "app.py": f"def ask(m):\n    from llm import client\n    return client.{CREATE}\n",
    },
    "constant of a module that imports no SDK": {
        "limits.py": "LIMIT = 30\n",
        "app.py": f"""
            from limits import LIMIT
            from openai import OpenAI
            client = OpenAI(timeout=LIMIT)
            def ask(m):
                return client.{CREATE}
        """,
    },
    "object of a class": {
        "services.py": """
            from openai import OpenAI
            class Services:
                def __init__(self):
                    self.llm = OpenAI(timeout=30)
            services = Services()
        """,
        "app.py": f"from services import services\ndef ask(m):\n    return services.llm.{CREATE}\n",
    },
    "with_options": {
        "llm.py": "from openai import OpenAI\nclient = OpenAI()\n",
        "app.py": f"import llm\ndef ask(m):\n    return llm.client.with_options(timeout=30).{CREATE}\n",
    },
    "stored resource": {
        "llm.py": "from openai import OpenAI\nchat = OpenAI(timeout=30).chat.completions\n",
        "app.py": 'from llm import chat\ndef ask(m):\n    return chat.create(model="gpt-5.6", messages=m)\n',
    },
    "keyword arguments of a settings module": {
        "config.py": 'OPTIONS = {"timeout": 30}\n',
        "app.py": f"""
            import config
            from openai import OpenAI
            client = OpenAI(**config.OPTIONS)
            def ask(m):
                return client.{CREATE}
        """,
    },
    "circular imports": {
        "one.py": f"import two\ndef ask(m):\n    return two.client.{CREATE}\n",
        "two.py": "from openai import OpenAI\nimport one\nclient = OpenAI(timeout=30)\n",
    },
}


@pytest.mark.parametrize("name", ACROSS_FILES)
def test_a_client_is_followed_across_files(call_of: CallOf, name: str) -> None:
    call = call_of({**ACROSS_FILES[name], "requirements.txt": "openai==2.54.0\n"})
    assert (call.sdk, call.operation) == ("openai", "chat")
    assert (call.timeout.value, call.timeout.source) == (30, "client")


# By its type alone a client is known, but not how it was made.
BY_TYPE = {
    "annotation": f"from openai import OpenAI\ndef ask(client: OpenAI, m):\n    return client.{CREATE}\n",
    "quoted": f'import openai\ndef ask(client: "openai.OpenAI", m):\n    return client.{CREATE}\n',
    "optional": f"""
        from typing import Optional
        from openai import OpenAI
        def ask(m, client: Optional[OpenAI] = None):
            return client.{CREATE}
    """,
    "union": f"from openai import OpenAI\ndef ask(m, client: OpenAI | None = None):\n    return client.{CREATE}\n",
    "attribute": f"""
        from openai import OpenAI
        class Bot:
            client: OpenAI
            def ask(self, m):
                return self.client.{CREATE}
    """,
    "return of a function that was not read": f"""
        from openai import OpenAI
        from elsewhere import registry
        def get() -> OpenAI:
            return registry["openai"]
        def ask(m):
            return get().{CREATE}
    """,
}


@pytest.mark.parametrize("name", BY_TYPE)
def test_a_client_known_by_its_type_has_settings_that_cannot_be_told(call_of: CallOf, name: str) -> None:
    call = call_of({"app.py": BY_TYPE[name], "requirements.txt": "openai==2.54.0\n"})
    assert (call.sdk, call.operation) == ("openai", "chat")
    assert (call.timeout.value, call.timeout.source) == (None, "unknown")


# One of several clients: each is an alternative, and the value is told only when all agree.
SEVERAL = {
    "factory": f"""
        from openai import OpenAI
        def make(fast):
            if fast:
                return OpenAI(timeout=10)
            return OpenAI(timeout=300)
        def ask(m, fast):
            return make(fast).{CREATE}
    """,
    "conditional assignment": f"""
        import os
        from openai import OpenAI
        if os.getenv("FAST"):
            client = OpenAI(timeout=10)
        else:
            client = OpenAI(timeout=300)
        def ask(m):
            return client.{CREATE}
    """,
    "conditional expression": f"""
        import os
        from openai import OpenAI
        client = OpenAI(timeout=10) if os.getenv("FAST") else OpenAI(timeout=300)
        def ask(m):
            return client.{CREATE}
    """,
    "callers": f"""
        from openai import OpenAI
        def ask(client, m):
            return client.{CREATE}
        def fast():
            return ask(OpenAI(timeout=10), [])
        def slow():
            return ask(OpenAI(timeout=300), [])
    """,
    "table": f"""
        from openai import OpenAI
        CLIENTS = {{"fast": OpenAI(timeout=10), "slow": OpenAI(timeout=300)}}
        def ask(m, speed):
            return CLIENTS[speed].{CREATE}
    """,
    "subclasses": f"""
        from openai import OpenAI
        class Bot:
            def ask(self, m):
                return self.client.{CREATE}
        class Fast(Bot):
            client = OpenAI(timeout=10)
        class Slow(Bot):
            client = OpenAI(timeout=300)
    """,
    "limits that callers pass": """
        from openai import OpenAI
        client = OpenAI()
        def ask(m, limit):
            return client.chat.completions.create(model="gpt-5.6", messages=m, timeout=limit)
        def fast():
            return ask([], 10)
        def slow():
            return ask([], 300)
    """,
}


@pytest.mark.parametrize("name", SEVERAL)
def test_one_of_several_is_listed_as_alternatives(call_of: CallOf, name: str) -> None:
    call = call_of({"app.py": SEVERAL[name], "requirements.txt": "openai==2.54.0\n"})
    assert call.timeout.value is None
    assert {a.value for a in call.timeout.alternatives} == {10, 300}
    assert {a.worst_seconds for a in call.timeout.alternatives} == {30, 900}
    assert len({a.at for a in call.timeout.alternatives}) == 2


def test_alternatives_that_agree_are_one_value(call_of: CallOf) -> None:
    call = call_of(f"""
        from openai import OpenAI
        def make(key):
            if key:
                return OpenAI(api_key=key, timeout=20)
            return OpenAI(timeout=20)
        def ask(m, key):
            return make(key).{CREATE}
    """)
    assert call.timeout.value == 20


# Methods that are passed on, to be called by something else.
PASSED = {
    "to_thread": (
        """
        import asyncio
        from openai import OpenAI
        client = OpenAI(timeout=30)
        async def ask(m):
            return await asyncio.to_thread(client.chat.completions.create, model="gpt-5.6", messages=m, max_tokens=50)
    """
    ),
    "partial": (
        """
        from functools import partial
        from openai import OpenAI
        client = OpenAI(timeout=30)
        create = partial(client.chat.completions.create, model="gpt-5.6", max_tokens=50)
        def ask(m):
            return create(messages=m)
    """
    ),
    "submit": (
        """
        from concurrent.futures import ThreadPoolExecutor
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def ask(m):
            with ThreadPoolExecutor() as executor:
                done = executor.submit(client.chat.completions.create, model="gpt-5.6", messages=m, max_tokens=50)
                return done.result()
    """
    ),
    "run_in_executor": (
        """
        import asyncio
        from functools import partial
        from openai import OpenAI
        client = OpenAI(timeout=30)
        async def ask(m):
            loop = asyncio.get_running_loop()
            work = partial(client.chat.completions.create, model="gpt-5.6", messages=m, max_tokens=50)
            return await loop.run_in_executor(None, work)
    """
    ),
    "lambda in to_thread": (
        """
        import asyncio
        from openai import OpenAI
        client = OpenAI(timeout=30)
        async def ask(m):
            return await asyncio.to_thread(
                lambda: client.chat.completions.create(model="gpt-5.6", messages=m, max_tokens=50)
            )
    """
    ),
}


@pytest.mark.parametrize("name", PASSED)
def test_a_method_that_is_passed_on_is_a_call(call_of: CallOf, name: str) -> None:
    call = call_of({"app.py": PASSED[name], "requirements.txt": "openai==2.54.0\n"})
    assert call.operation == "chat"
    assert call.timeout.value == 30
    assert call.max_output.value == 50
    assert call.model.ids == ["gpt-5.6"]
    assert call.blocking_in_async is False


def test_a_method_that_is_passed_on_is_marked_so(call_of: CallOf) -> None:
    assert call_of(PASSED["to_thread"]).by_reference
    assert not call_of(IN_ONE_FILE["bound method kept"]).by_reference


def test_a_method_in_executor_map(call_of: CallOf) -> None:
    call = call_of("""
        from concurrent.futures import ThreadPoolExecutor
        from openai import OpenAI
        client = OpenAI(timeout=30)
        def one(text):
            return client.responses.create(model="gpt-5.6", input=text)
        def all_of(texts):
            with ThreadPoolExecutor(4) as executor:
                return list(executor.map(one, texts))
    """)
    assert (call.operation, call.timeout.value, call.inside) == ("responses", 30, "one")


# `**params` of a call.
PARAMETERS = {
    "literal": """
        def ask(m):
            return client.chat.completions.create(**{"model": "gpt-5.6", "messages": m, "max_tokens": 50})
    """,
    "variable": """
        def ask(m):
            params = {"model": "gpt-5.6", "messages": m, "max_tokens": 50}
            return client.chat.completions.create(**params)
    """,
    "dict()": """
        def ask(m):
            params = dict(model="gpt-5.6", messages=m, max_tokens=50)
            return client.chat.completions.create(**params)
    """,
    "several statements": """
        def ask(m, tools=None):
            params = {"model": "gpt-5.6", "messages": m}
            params["max_tokens"] = 50
            if tools:
                params["tools"] = tools
            return client.chat.completions.create(**params)
    """,
    "update": """
        def ask(m):
            params = {"model": "gpt-5.6"}
            params.update(max_tokens=50, messages=m)
            return client.chat.completions.create(**params)
    """,
    "merged": """
        DEFAULTS = {"model": "gpt-5.6", "max_tokens": 50}
        def ask(m):
            return client.chat.completions.create(**{**DEFAULTS, "messages": m})
    """,
    "a module's constant": """
        DEFAULTS = {"model": "gpt-5.6", "max_tokens": 50}
        def ask(m):
            return client.chat.completions.create(messages=m, **DEFAULTS)
    """,
    "a function that builds them": """
        def params(m):
            return {"model": "gpt-5.6", "messages": m, "max_tokens": 50}
        def ask(m):
            return client.chat.completions.create(**params(m))
    """,
    "an attribute": """
        class Bot:
            def __init__(self):
                self.options = {"model": "gpt-5.6", "max_tokens": 50}
            def ask(self, m):
                return client.chat.completions.create(messages=m, **self.options)
    """,
    "a settings object": """
        class Options:
            model = "gpt-5.6"
            max_tokens = 50
        options = Options()
        def ask(m):
            return client.chat.completions.create(model=options.model, messages=m, max_tokens=options.max_tokens)
    """,
    "a dataclass of settings": """
        from dataclasses import dataclass
        @dataclass
        class Options:
            model: str = "gpt-5.6"
            max_tokens: int = 50
        options = Options()
        def ask(m):
            return client.chat.completions.create(model=options.model, messages=m, max_tokens=options.max_tokens)
    """,
    "handed on by a wrapper": """
        def complete(**kwargs):
            return client.chat.completions.create(**kwargs)
        def ask(m):
            return complete(model="gpt-5.6", messages=m, max_tokens=50)
    """,
    "a parameter with a default": """
        def ask(m, model="gpt-5.6", limit=50):
            return client.chat.completions.create(model=model, messages=m, max_tokens=limit)
        def main():
            return ask([])
    """,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_arguments_of_a_call_are_followed(call_of: CallOf, name: str) -> None:
    head = "\n        from openai import OpenAI\n        client = OpenAI()"
    call = call_of(head + PARAMETERS[name])
    assert call.max_output.value == 50
    assert call.model.ids == ["gpt-5.6"]


def test_arguments_from_a_settings_object_in_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "settings.py": """
                class Options:
                    def __init__(self):
                        self.params = {"model": "gpt-5.6", "max_tokens": 50}
                options = Options()
            """,
            "app.py": """
                from openai import OpenAI
                from settings import options
                client = OpenAI()
                def ask(m):
                    return client.chat.completions.create(messages=m, **options.params)
            """,
        }
    )
    assert (call.max_output.value, call.model.ids) == (50, ["gpt-5.6"])


def test_arguments_that_come_from_outside_cannot_be_told(call_of: CallOf) -> None:
    call = call_of("""
        from openai import OpenAI
        client = OpenAI()
        def ask(m, **options):
            return client.chat.completions.create(messages=m, **options)
    """)
    assert (call.max_output.value, call.max_output.source) == (None, "unknown")


# A limit that people may set from outside, with a default in the code.
CONFIGURED = {
    "getenv": """
        import os
        LIMIT = float(os.getenv("LIMIT", "30"))
    """,
    "environ.get": """
        import os
        LIMIT = int(os.environ.get("LIMIT", 30))
    """,
    "getenv or": """
        import os
        LIMIT = float(os.getenv("LIMIT") or 30)
    """,
    "pydantic-settings": """
        from pydantic_settings import BaseSettings
        class Config(BaseSettings):
            limit: float = 30
        LIMIT = Config().limit
    """,
    "pydantic-settings with Field": """
        from pydantic import Field
        from pydantic_settings import BaseSettings
        class Config(BaseSettings):
            limit: float = Field(default=30, gt=0)
        LIMIT = Config().limit
    """,
    "pydantic-settings behind a cached function": """
        from functools import lru_cache
        from pydantic_settings import BaseSettings
        class Config(BaseSettings):
            limit: float = 30
        @lru_cache
        def config() -> Config:
            return Config()
        LIMIT = config().limit
    """,
    "dataclass with a default from the environment": """
        import os
        from dataclasses import dataclass
        @dataclass
        class Config:
            limit: float = float(os.getenv("LIMIT", "30"))
        LIMIT = Config().limit
    """,
    "argparse": """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--limit", type=float, default=30)
        LIMIT = parser.parse_args().limit
    """,
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_configured_values_have_their_default(call_of: CallOf, name: str) -> None:
    rest = f"""
        from openai import OpenAI
        client = OpenAI(timeout=LIMIT)
        def ask(m):
            return client.{CREATE}
    """
    call = call_of(CONFIGURED[name] + rest)
    assert (call.timeout.value, call.timeout.source) == (30, "environment")


@pytest.mark.parametrize("name", ["getenv", "pydantic-settings"])
def test_configured_values_of_another_module(call_of: CallOf, name: str) -> None:
    app = f"""
        from config import LIMIT
        from openai import OpenAI
        client = OpenAI(timeout=LIMIT)
        def ask(m):
            return client.{CREATE}
    """
    call = call_of({"config.py": CONFIGURED[name], "app.py": app})
    assert (call.timeout.value, call.timeout.source) == (30, "environment")


def test_a_setting_without_default_cannot_be_told(call_of: CallOf) -> None:
    call = call_of(f"""
        import os
        from openai import OpenAI
        client = OpenAI(timeout=float(os.environ["LIMIT"]))
        def ask(m):
            return client.{CREATE}
    """)
    assert call.timeout.value is None
    assert call.timeout.source == "unknown"


@pytest.mark.parametrize(
    ("model", "origin"),
    [
        ('"gpt-5.6"', "literal"),
        ("MODEL", "constant"),
        ('os.environ["MODEL"]', "config"),
        ('os.getenv("MODEL", "gpt-5.6")', "config-with-default"),
        ("config.model", "config-with-default"),
        ("wanted", "parameter"),
    ],
)
def test_where_a_model_comes_from(call_of: CallOf, model: str, origin: str) -> None:
    call = call_of(f"""
        import os
        from openai import OpenAI
        from pydantic_settings import BaseSettings
        class Config(BaseSettings):
            model: str = "gpt-5.6"
        config = Config()
        MODEL = "gpt-5.6"
        client = OpenAI()
        def ask(m, wanted):
            return client.chat.completions.create(model={model}, messages=m)
    """)
    assert call.model.origin == origin
    assert call.model.ids == ([] if origin in ("config", "parameter") else ["gpt-5.6"])


def test_global_state_of_the_openai_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "setup.py": "import openai\nopenai.timeout = 20\nopenai.max_retries = 1\n",
            "app.py": f"import openai\nimport setup\ndef ask(m):\n    return openai.{CREATE}\n",
            "requirements.txt": "openai==2.54.0\n",
        }
    )
    assert (call.timeout.value, call.timeout.source) == (20, "global")
    assert call.retry.attempts == 2
    assert call.timeout.worst_seconds == 40


def test_the_module_of_openai_is_a_client(call_of: CallOf) -> None:
    call = call_of(
        {"app.py": f"import openai\ndef ask(m):\n    return openai.{CREATE}\n", "requirements.txt": "openai==2.54.0\n"}
    )
    assert (call.timeout.value, call.timeout.source) == (600, "sdk-default")


def test_global_state_does_not_reach_clients_of_their_own(call_of: CallOf) -> None:
    call = call_of(f"""
        import openai
        openai.timeout = 20
        client = openai.OpenAI(timeout=40)
        def ask(m):
            return client.{CREATE}
    """)
    assert (call.timeout.value, call.timeout.source) == (40, "client")


def test_global_state_of_litellm(call_of: CallOf) -> None:
    call = call_of("""
        import litellm
        litellm.num_retries = 3
        litellm.request_timeout = 25
        def ask(m):
            return litellm.completion(model="anthropic/claude-sonnet-4-5", messages=m)
    """)
    assert call.sdk == "litellm"
    assert (call.retry.status, call.retry.attempts) == ("explicit", 4)
    assert (call.timeout.value, call.timeout.source) == (25, "global")


# Pipelines and overlays of LangChain.
CHAIN = """
        from langchain_core.output_parsers import StrOutputParser
        from langchain_core.prompts import ChatPromptTemplate
        from langchain_openai import ChatOpenAI
        llm = ChatOpenAI(model="gpt-5.6", timeout=30, max_tokens=50)
        prompt = ChatPromptTemplate.from_messages([("user", "{question}")])
"""
PIPELINES = {
    "the model itself": """
        def ask(q):
            return llm.invoke(q)
    """,
    "prompt | llm | parser": """
        chain = prompt | llm | StrOutputParser()
        def ask(q):
            return chain.invoke({"question": q})
    """,
    "built where it is called": """
        def ask(q):
            return (prompt | llm | StrOutputParser()).invoke({"question": q})
    """,
    "in an attribute": """
        class Bot:
            def __init__(self):
                self.chain = prompt | llm
            def ask(self, q):
                return self.chain.invoke({"question": q})
    """,
    "with_structured_output": """
        from pydantic import BaseModel
        class Ticket(BaseModel):
            title: str
        def ask(q):
            return llm.with_structured_output(Ticket).invoke(q)
    """,
    "prompt | with_structured_output": """
        from pydantic import BaseModel
        class Ticket(BaseModel):
            title: str
        chain = prompt | llm.with_structured_output(Ticket)
        def ask(q):
            return chain.invoke({"question": q})
    """,
    "with_retry": """
        chain = prompt | llm.with_retry(stop_after_attempt=2)
        def ask(q):
            return chain.invoke({"question": q})
    """,
    "bind": """
        chain = prompt | llm.bind(stop=["END"])
        def ask(q):
            return chain.invoke({"question": q})
    """,
    "mapping in front": """
        from langchain_core.runnables import RunnablePassthrough
        chain = {"question": RunnablePassthrough()} | prompt | llm | StrOutputParser()
        def ask(q):
            return chain.invoke(q)
    """,
}


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines_reach_their_model(call_of: CallOf, name: str) -> None:
    call = call_of(CHAIN + PIPELINES[name])
    assert (call.sdk, call.provider, call.operation) == ("langchain", "openai", "chat")
    assert call.timeout.value == 30
    assert call.max_output.value == 50
    assert call.model.ids == ["gpt-5.6"]


def test_structured_output_of_a_pipeline(call_of: CallOf) -> None:
    assert call_of(CHAIN + PIPELINES["with_structured_output"]).output.status == "structured"


def test_values_laid_over_a_model(call_of: CallOf) -> None:
    call = call_of(
        CHAIN
        + """
        short = llm.bind(max_tokens=10)
        def ask(q):
            return short.invoke(q)
    """
    )
    assert call.max_output.value == 10


def test_retries_laid_over_a_model(call_of: CallOf) -> None:
    call = call_of(
        CHAIN
        + """
        steady = llm.with_retry(stop_after_attempt=4)
        def ask(q):
            return steady.invoke(q)
    """
    )
    assert call.retry.status == "explicit"
    assert call.retry.attempts == 12  # 4 times the 3 tries of the SDK below


def test_a_fallback_guards(call_of: CallOf) -> None:
    call = call_of("""
        from langchain_anthropic import ChatAnthropic
        from langchain_openai import ChatOpenAI
        model = ChatOpenAI(model="gpt-5.6").with_fallbacks([ChatAnthropic(model="claude-sonnet-4-5")])
        def ask(q):
            return model.invoke(q)
    """)
    assert (call.guard.status, call.guard.on_error, call.guard.fallback) == ("wrapper", "answered", "real")


# What only looks alike.
LOOK_ALIKES = {
    "the project's own class OpenAI": {
        "app.py": f"""
            class OpenAI:
                def __init__(self, timeout=None):
                    self.chat = self
            client = OpenAI()
            def ask(m):
                return client.{CREATE}
        """,
    },
    "own class of that name next to the SDK": {
        "app.py": f"""
            import openai
            class OpenAI:
                pass
            client = OpenAI()
            def ask(m):
                return client.{CREATE}
        """,
    },
    "own class of that name in another module": {
        "fakes.py": "class OpenAI:\n    pass\n",
        "app.py": f"""
            import openai
            from fakes import OpenAI
            client = OpenAI()
            def ask(m):
                return client.{CREATE}
        """,
    },
    "MagicMock": {
        "app.py": f"""
            from unittest.mock import MagicMock
            import openai
            client = MagicMock()
            def ask(m):
                return client.{CREATE}
        """,
    },
    "MagicMock in the shape of a client": {
        "app.py": f"""
            from unittest.mock import MagicMock
            from openai import OpenAI
            client = MagicMock(spec=OpenAI)
            def ask(m):
                return client.{CREATE}
        """,
    },
    "twilio": {
        "app.py": """
            import anthropic
            from twilio.rest import Client
            client = Client()
            def text(to):
                return client.messages.create(to=to, from_="+1", body="hello")
        """,
    },
    "ORM": {
        "app.py": """
            import openai
            from shop.models import Message
            class Chat:
                completions = Message.objects
            def keep(text):
                Message.objects.create(body=text)
                Message.messages.create(body=text)
                return Chat.completions.create(body=text)
        """,
    },
    "retriever": {
        "app.py": """
            from langchain_community.vectorstores import FAISS
            retriever = FAISS.load_local("index", None).as_retriever()
            def find(q):
                return retriever.invoke(q)
        """,
    },
    "prompt": {
        "app.py": """
            from langchain_core.prompts import ChatPromptTemplate
            prompt = ChatPromptTemplate.from_template("{q}")
            def fill(q):
                return prompt.invoke({"q": q})
        """,
    },
    "a project module named openai.py": {
        "openai.py": "class OpenAI:\n    pass\n",
        "app.py": f"""
            from openai import OpenAI
            client = OpenAI()
            def ask(m):
                return client.{CREATE}
        """,
    },
    "an object nobody knows": {
        "app.py": f"""
            import openai
            from elsewhere import client
            def ask(m):
                return client.{CREATE}
        """,
    },
    "other calls of the SDK": {
        "app.py": """
            from openai import OpenAI
            client = OpenAI()
            def names():
                return [m.id for m in client.models.list()] + [client.files.create(file=open("a"), purpose="x")]
        """,
    },
    "requests elsewhere": {
        "app.py": """
            import requests
            def send(q):
                return requests.post("https://api.example.com/v1/items", json={"model": "gpt-5.6", "q": q})
        """,
    },
    "subprocess invoke": {
        "app.py": """
            import langchain
            from tasks import build
            def go():
                return build.invoke("x")
        """,
    },
    "boto3 for another service": {
        "app.py": """
            import boto3
            client = boto3.client("lambda")
            def go():
                return client.invoke_model(modelId="x")
        """,
    },
    "only a string": {
        "app.py": """
            import openai
            DOC = "client = OpenAI(); client.chat.completions.create(model='gpt-5.6')"
            # client.chat.completions.create(model="gpt-5.6")
        """,
    },
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_only_looks_alike_is_not_touched(facts_of: FactsOf, name: str) -> None:
    sheet = facts_of(LOOK_ALIKES[name])
    assert not sheet.problems
    assert [(c.span.path, c.callee) for c in calls(sheet)] == []


def test_one_fact_per_expression_and_never_per_caller(facts_of: FactsOf) -> None:
    sheet = facts_of(
        {
            "llm.py": f"from openai import OpenAI\nclient = OpenAI()\ndef ask(m):\n    return client.{CREATE}\n",
            "a.py": "from llm import ask\ndef one():\n    return ask([])\ndef two():\n    return ask([1])\n",
            "b.py": "import llm\ndef three():\n    return llm.ask([])\n",
        }
    )
    assert len(calls(sheet)) == 1


def test_a_call_says_where_it_stands(call_of: CallOf) -> None:
    call = call_of(f"""
        from openai import OpenAI
        client = OpenAI()
        class Bot:
            def ask(self, m):
                return client.{CREATE}
    """)
    assert call.callee == "client.chat.completions.create"
    assert call.inside == "Bot.ask"
    assert (call.span.line, call.callee_span.line, call.callee_span.end_column) == (5, 5, 46)
    assert call.callee_span.path == "app.py"


@pytest.mark.parametrize(
    ("code", "sdk", "provider", "operation"),
    [
        ('from anthropic import Anthropic\nAnthropic().messages.create(model="m", messages=[], max_tokens=5)',
         "anthropic", "anthropic", "chat"),
        ('from google import genai\ngenai.Client().models.generate_content(model="m", contents="x")',
         "google-genai", "google", "chat"),
        ('from google.genai import Client\nClient().models.embed_content(model="m", contents="x")',
         "google-genai", "google", "embedding"),
        ('import boto3\nboto3.client("bedrock-runtime").converse(modelId="m", messages=[])',
         "bedrock", "bedrock", "chat"),
        ('import boto3\nboto3.Session().client(service_name="bedrock-runtime").converse(modelId="m", messages=[])',
         "bedrock", "bedrock", "chat"),
        ('from openai import AzureOpenAI\nAzureOpenAI().responses.create(model="m", input="x")',
         "openai", "azure", "responses"),
        ('from openai import OpenAI\nOpenAI(base_url="https://openrouter.ai/api/v1").responses.create(input="")',
         "openai", "openrouter", "responses"),
        ('from openai import OpenAI\nOpenAI().embeddings.create(model="m", input="x")',
         "openai", "openai", "embedding"),
        ('import requests\nrequests.post("https://api.openai.com/v1/chat/completions", json={"model": "m"})',
         "requests", "openai", "chat"),
        ('import httpx\nhttpx.Client(base_url="https://api.anthropic.com").post("/v1/messages", json={"model": "m"})',
         "httpx", "anthropic", "chat"),
        ('from litellm import completion\ncompletion(model="gpt-5.6", messages=[])', "litellm", "openai", "chat"),
    ],
)  # fmt: skip
def test_sdks_and_providers(call_of: CallOf, code: str, sdk: str, provider: str, operation: str) -> None:
    call = call_of(code)
    assert (call.sdk, call.operation) == (sdk, operation)
    if sdk != "litellm":
        assert call.provider == provider


KEPT_ON_CLASSES = {
    "by a class method": """
        class Holder:
            _client = None

            @classmethod
            def client(cls):
                if cls._client is None:
                    cls._client = OpenAI(timeout=33)
                return cls._client

        def ask(q):
            return Holder.client().responses.create(model="m", input=q)
    """,
    "read by another class method": """
        class Holder:
            _client: OpenAI | None = None

            @classmethod
            def start(cls):
                cls._client = OpenAI(timeout=33)

            @classmethod
            def ask(cls, q):
                return cls._client.responses.create(model="m", input=q)
    """,
    "set from outside": """
        class Holder:
            client = None

        Holder.client = OpenAI(timeout=33)

        def ask(q):
            return Holder.client.responses.create(model="m", input=q)
    """,
    "of the one instance": """
        class Single:
            _instance = None

            def __new__(cls):
                if cls._instance is None:
                    cls._instance = super().__new__(cls)
                    cls._instance.client = OpenAI(timeout=33)
                return cls._instance

            def ask(self, q):
                return self.client.responses.create(model="m", input=q)
    """,
}


@pytest.mark.parametrize("code", KEPT_ON_CLASSES.values(), ids=KEPT_ON_CLASSES.keys())
def test_clients_kept_on_classes(call_of: CallOf, code: str) -> None:
    call = call_of("\n        from openai import OpenAI\n" + code)
    assert (call.timeout.value, call.timeout.source) == (33, "client")


def test_a_function_sees_the_binding_in_force_when_it_was_made_and_later_ones(facts_of: FactsOf) -> None:
    sheet = facts_of(
        {
            "app.py": """
                from openai import OpenAI
                client = OpenAI(timeout=1)
                def early(m):
                    return client.responses.create(model="m", input=m)
                client = OpenAI(timeout=2)
                def late(m):
                    return client.responses.create(model="m", input=m)
            """,
            "other.py": """
                import app
                def ask(m):
                    return app.client.responses.create(model="m", input=m)
            """,
        }
    )
    early, late, outside = sorted(calls(sheet), key=lambda call: call.span)
    assert {a.value for a in early.timeout.alternatives} == {1, 2}
    assert late.timeout.value == outside.timeout.value == 2


@pytest.mark.parametrize("piped", ["prompt | llm | str", "prompt | llm | StrOutputParser()", "llm | StrOutputParser()"])
def test_something_unknown_behind_a_prompt_or_before_a_parser_is_the_model(call_of: CallOf, piped: str) -> None:
    code = f"""
        from langchain_core.output_parsers import StrOutputParser
        from langchain_core.prompts import ChatPromptTemplate
        prompt = ChatPromptTemplate.from_template("{{q}}")
        def ask(llm, q):
            chain = {piped}
            return chain.invoke(q)
    """
    assert call_of({"app.py": code}).sdk == "langchain"


@pytest.mark.parametrize("piped", ["steps | prompt", "prompt | print", "{'q': steps} | prompt | StrOutputParser()"])
def test_a_pipe_of_prompts_functions_and_parsers_asks_no_model(facts_of: FactsOf, piped: str) -> None:
    code = f"""
        from langchain_core.output_parsers import StrOutputParser
        from langchain_core.prompts import ChatPromptTemplate
        prompt = ChatPromptTemplate.from_template("{{q}}")
        def ask(steps, q):
            chain = {piped}
            return chain.invoke(q)
    """
    assert calls(facts_of({"app.py": code})) == []


def test_a_function_that_gives_back_what_it_gets_gives_each_caller_its_own(facts_of: FactsOf) -> None:
    sheet = facts_of(
        {
            "app.py": """
                from openai import OpenAI
                def known(client):
                    print(client)
                    return client
                quick, slow = known(OpenAI(timeout=1)), known(OpenAI(timeout=90))
                def ask(m):
                    return quick.responses.create(model="m", input=m)
            """,
        }
    )
    assert [call.timeout.value for call in calls(sheet)] == [1]


def test_an_object_that_stands_in_for_another_of_its_kind(facts_of: FactsOf) -> None:
    text = """
        from openai import OpenAI
        class Around:
            def __init__(self, inner): self.inner = inner or Around(self)
            def __getattr__(self, name): return getattr(self.inner, name)
        def ask(q):
            Around(None).unknown(q)
            return OpenAI().responses.create(model="m", input=q)
    """
    assert len(calls(facts_of({"app.py": text}))) == 1
