"""How many calls run at once, and what bounds them."""

from __future__ import annotations

import pytest
from conftest import CallOf, FactsOf, calls

ASYNC = """
        import asyncio
        from openai import AsyncOpenAI
        client = AsyncOpenAI()
        async def ask(q):
            return await client.responses.create(model="m", input=q)
"""
SYNC = """
        from openai import OpenAI
        client = OpenAI()
        def ask(q):
            return client.responses.create(model="m", input=q)
"""
LOCAL = """
        import asyncio
        from openai import AsyncOpenAI
        client = AsyncOpenAI()
"""

NONE = {
    "awaited one by one": f"""{ASYNC}
        async def main(questions):
            return [await ask(q) for q in questions]
        """,
    "coroutines awaited one by one": f"""{ASYNC}
        async def main(questions):
            todo = [ask(q) for q in questions]
            return [await t for t in todo]
        """,
    "a task awaited in the same turn": f"""{ASYNC}
        async def main(questions):
            for q in questions:
                task = asyncio.create_task(ask(q))
                print(await task)
        """,
    "a time limit around it": f"""{ASYNC}
        async def main(questions):
            for q in questions:
                await asyncio.wait_for(ask(q), 10)
        """,
    "a pool that is waited for on the spot": f"""{SYNC}
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor()
        def main(questions):
            return [pool.submit(ask, q).result(timeout=9) for q in questions]
        """,
    "a thread for one call": f"""{ASYNC}
        async def main(questions):
            for q in questions:
                await asyncio.to_thread(print, await ask(q))
        """,
    "map without a pool": f"""{SYNC}
        print(list(map(ask, open("questions.txt"))))
        """,
    "a handler that many users call": f"""{ASYNC}
        from fastapi import FastAPI
        app = FastAPI()
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "joblib with one job": f"""{SYNC}
        from joblib import Parallel, delayed
        print(Parallel(n_jobs=1)(delayed(ask)(q) for q in open("questions.txt")))
        """,
}
UNLIMITED = {
    "gather over a comprehension": f"""{ASYNC}
        async def main(questions):
            return await asyncio.gather(*[ask(q) for q in questions])
        """,
    "gather over a list that a loop fills": f"""{ASYNC}
        async def main(questions):
            tasks = []
            for q in questions:
                tasks.append(ask(q))
            return await asyncio.gather(*tasks)
        """,
    "gather over map": f"""{ASYNC}
        async def main(questions):
            return await asyncio.gather(*map(ask, questions))
        """,
    "as completed": f"""{ASYNC}
        async def main(questions):
            for done in asyncio.as_completed([ask(q) for q in questions]):
                print(await done)
        """,
    "tasks that are started first and awaited one by one": f"""{ASYNC}
        async def main(questions):
            tasks = [asyncio.create_task(ask(q)) for q in questions]
            return [await t for t in tasks]
        """,
    "a group of tasks": f"""{ASYNC}
        async def main(questions):
            async with asyncio.TaskGroup() as group:
                for q in questions:
                    group.create_task(ask(q))
        """,
    "tasks that nobody awaits": f"""{ASYNC}
        async def main(messages):
            async for m in messages:
                asyncio.create_task(ask(m))
        """,
    "tasks in a dict": f"""{ASYNC}
        async def main(questions):
            tasks = {{}}
            for q in questions:
                tasks[q] = asyncio.create_task(ask(q))
            return await asyncio.gather(*tasks.values())
        """,
    "threads in a loop": f"""{SYNC}
        import threading
        def main(questions):
            for q in questions:
                threading.Thread(target=ask, args=(q,)).start()
        """,
    "two functions further up": f"""{ASYNC}
        async def answer(q):
            return await ask(q)
        async def both(q):
            return (await answer(q)), 1
        async def main(questions):
            return await asyncio.gather(*(both(q) for q in questions))
        """,
    "a nested function": f"""{LOCAL}
        async def main(questions):
            async def one(q):
                return await client.responses.create(model="m", input=q)
            return await asyncio.gather(*(one(q) for q in questions))
        """,
    "coroutines of a function that is not async": f"""{LOCAL}
        def ask(q):
            return client.responses.create(model="m", input=q)
        async def main(questions):
            return await asyncio.gather(*(ask(q) for q in questions))
        """,
    "a semaphore for something else": f"""{ASYNC}
        disk = asyncio.Semaphore(3)
        async def read(path):
            async with disk:
                return open(path).read()
        async def main(questions):
            await read("x")
            return await asyncio.gather(*(ask(q) for q in questions))
        """,
}
LIMITED = {
    "a semaphore of the module": (5, f"""{LOCAL}
        slots = asyncio.Semaphore(5)
        async def ask(q):
            async with slots:
                return await client.responses.create(model="m", input=q)
        async def main(questions):
            return await asyncio.gather(*(ask(q) for q in questions))
        """),
    "a semaphore in between": (4, f"""{ASYNC}
        async def main(questions):
            slots = asyncio.Semaphore(4)
            async def one(q):
                async with slots:
                    return await ask(q)
            return await asyncio.gather(*(one(q) for q in questions))
        """),
    "a semaphore that is passed": (6, f"""{LOCAL}
        async def ask(q, sem):
            async with sem:
                return await client.responses.create(model="m", input=q)
        async def main(questions):
            sem = asyncio.Semaphore(6)
            return await asyncio.gather(*(ask(q, sem) for q in questions))
        """),
    "a semaphore of the object": (7, f"""{LOCAL}
        class Bot:
            def __init__(self, at_once: int = 7):
                self.slots = asyncio.Semaphore(at_once)
            async def ask(self, q):
                await self.slots.acquire()
                try:
                    return await client.responses.create(model="m", input=q)
                finally:
                    self.slots.release()
            async def all(self, questions):
                return await asyncio.gather(*(self.ask(q) for q in questions))
        asyncio.run(Bot().all(open("questions.txt")))
        """),
    "a function that limits what it is given": (3, f"""{ASYNC}
        async def bounded(n, *todo):
            slots = asyncio.Semaphore(n)
            async def one(coroutine):
                async with slots:
                    return await coroutine
            return await asyncio.gather(*(one(c) for c in todo))
        async def main(questions):
            return await bounded(3, *(ask(q) for q in questions))
        """),
    "a pool": (8, f"""{SYNC}
        from concurrent.futures import ThreadPoolExecutor
        def main(questions):
            with ThreadPoolExecutor(max_workers=8) as pool:
                return list(pool.map(ask, questions))
        """),
    "a pool that is handed calls in a loop": (2, f"""{SYNC}
        from concurrent.futures import ThreadPoolExecutor, as_completed
        def main(questions):
            with ThreadPoolExecutor(2) as pool:
                futures = {{pool.submit(ask, q): q for q in questions}}
                return [f.result() for f in as_completed(futures)]
        """),
    "a pool of the default size": (32, f"""{SYNC}
        from concurrent.futures import ThreadPoolExecutor
        def main(questions):
            with ThreadPoolExecutor() as pool:
                return list(pool.map(ask, questions))
        """),
    "threads of the event loop": (32, f"""{SYNC}
        import asyncio
        async def main(questions):
            return await asyncio.gather(*(asyncio.to_thread(ask, q) for q in questions))
        """),
    "joblib": (4, f"""{SYNC}
        from joblib import Parallel, delayed
        print(Parallel(n_jobs=4)(delayed(ask)(q) for q in open("questions.txt")))
        """),
    "slices of a fixed size": (10, f"""{ASYNC}
        SIZE = 10
        async def main(questions):
            for i in range(0, len(questions), SIZE):
                print(await asyncio.gather(*(ask(q) for q in questions[i:i + SIZE])))
        """),
    "batches of a generator": (20, f"""{ASYNC}
        def batches(items, size):
            for i in range(0, len(items), size):
                yield items[i:i + size]
        async def main(questions):
            for batch in batches(questions, 20):
                print(await asyncio.gather(*(ask(q) for q in batch)))
        """),
    "batches of a library": (
        12,
        f"""{ASYNC}
        from more_itertools import chunked
        from tqdm import tqdm
        async def main(questions):
            for batch in tqdm(chunked(questions, 12)):
                print(await asyncio.gather(*(ask(q) for q in batch)))
        """,
    ),
    "a list that is emptied when it is full": (9, f"""{ASYNC}
        async def main(questions):
            tasks = []
            for q in questions:
                tasks.append(ask(q))
                if len(tasks) >= 9:
                    await asyncio.gather(*tasks)
                    tasks = []
            await asyncio.gather(*tasks)
        """),
    "a limit by rate has no number at once": (None, f"""{LOCAL}
        from aiolimiter import AsyncLimiter
        rate = AsyncLimiter(10, 1)
        async def ask(q):
            async with rate:
                return await client.responses.create(model="m", input=q)
        async def main(questions):
            return await asyncio.gather(*(ask(q) for q in questions))
        """),
    "the first few": (3, f"""{ASYNC}
        async def main(questions):
            return await asyncio.gather(*(ask(q) for q in questions[:3]))
        """),
}  # fmt: skip
CONSTANT = {
    "arguments": (2, f"""{ASYNC}
        async def main():
            return await asyncio.gather(ask("a"), ask("b"))
        """),
    "a literal list": (3, f"""{ASYNC}
        VOICES = ["a", "b", "c"]
        async def main():
            return await asyncio.gather(*(ask(v) for v in VOICES))
        """),
    "a fixed number of workers": (5, f"""{ASYNC}
        async def worker(queue):
            while True:
                await ask(await queue.get())
        async def main(queue):
            workers = [asyncio.create_task(worker(queue)) for _ in range(5)]
            await queue.join()
            for w in workers:
                w.cancel()
        """),
    "two tasks": (2, f"""{ASYNC}
        async def main():
            one = asyncio.create_task(ask("a"))
            two = asyncio.create_task(ask("b"))
            return await one, await two
        """),
    "a literal list of the caller": (2, f"""{ASYNC}
        async def every(questions):
            return await asyncio.gather(*(ask(q) for q in questions))
        asyncio.run(every(["a", "b"]))
        """),
}  # fmt: skip
PAPER = {
    "never acquired": f"""{ASYNC}
        slots = asyncio.Semaphore(5)
        async def main(questions):
            return await asyncio.gather(*(ask(q) for q in questions))
        """,
    "made anew for each call": f"""{LOCAL}
        async def ask(q):
            async with asyncio.Semaphore(5):
                return await client.responses.create(model="m", input=q)
        async def main(questions):
            return await asyncio.gather(*(ask(q) for q in questions))
        """,
    "acquired once around them all": f"""{ASYNC}
        async def main(questions):
            slots = asyncio.Semaphore(5)
            async with slots:
                return await asyncio.gather(*(ask(q) for q in questions))
        """,
}


@pytest.mark.parametrize("name", NONE)
def test_nothing_runs_it_beside_itself(call_of: CallOf, name: str) -> None:
    found = call_of(NONE[name]).fan_out
    assert found is not None
    assert (found.status, found.limit, found.at) == ("none", None, None)


@pytest.mark.parametrize("name", UNLIMITED)
def test_as_many_as_the_data(call_of: CallOf, name: str) -> None:
    found = call_of(UNLIMITED[name]).fan_out
    assert found is not None
    assert (found.status, found.limit) == ("unlimited", None)
    assert found.at is not None


@pytest.mark.parametrize("name", LIMITED)
def test_limited(call_of: CallOf, name: str) -> None:
    limit, code = LIMITED[name]
    found = call_of(code).fan_out
    assert found is not None
    assert (found.status, found.limit) == ("limited", limit)


@pytest.mark.parametrize("name", CONSTANT)
def test_a_number_that_stands_in_the_code(call_of: CallOf, name: str) -> None:
    number, code = CONSTANT[name]
    found = call_of(code).fan_out
    assert found is not None
    assert (found.status, found.limit) == ("constant", number)


@pytest.mark.parametrize("name", PAPER)
def test_a_limiter_that_cannot_work(call_of: CallOf, name: str) -> None:
    found = call_of(PAPER[name]).fan_out
    assert found is not None
    assert found.status == "paper"


CHAIN = """
        from langchain_openai import ChatOpenAI
        llm = ChatOpenAI(model="m")
"""
BATCHES = {
    "a pool of threads": (("limited", 32), "def main(q):\n            return llm.batch(q)"),
    "a number of its own": (
        ("limited", 5), "def main(q):\n            return llm.batch(q, config={'max_concurrency': 5})",
    ),
    "all at once": (("unlimited", None), "async def main(q):\n            return await llm.abatch(q)"),
    "two": (("constant", 2), "print(llm.batch(['a', 'b']))"),
}  # fmt: skip


@pytest.mark.parametrize("name", BATCHES)
def test_a_call_that_sends_several(call_of: CallOf, name: str) -> None:
    expected, code = BATCHES[name]
    found = call_of(f"{CHAIN}\n        {code}\n").fan_out
    assert found is not None
    assert (found.status, found.limit) == expected


def test_callers_that_are_not_known(call_of: CallOf) -> None:
    found = call_of(f"""{ASYNC}
        class Bot(Base):
            async def on_text(self, q):
                return await ask(q)
        def install(registry):
            registry.add(ask)
        """).fan_out
    assert found is not None
    assert found.status == "unknown"


def test_each_call_of_its_own(facts_of: FactsOf) -> None:
    sheet = facts_of(
        {
            "app.py": f"""{LOCAL}
        async def one(q):
            return await client.responses.create(model="a", input=q)
        async def other(q):
            return await client.responses.create(model="b", input=q)
        async def main(questions):
            first = await asyncio.gather(*(one(q) for q in questions))
            return first, await other("x")
        """
        }
    )
    assert [c.fan_out.status for c in calls(sheet) if c.fan_out] == ["unlimited", "none"]
