"""What installed packages say of models: prices, sizes, lists of ids and end dates.

Files of the packages are read where they lie; only `genai_prices` is imported, because its table is code.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib import metadata
from pathlib import Path
from typing import Any

LICENCES = {
    "litellm": "MIT",
    "genai-prices": "MIT",
    "tokencost": "MIT",
    "openai": "Apache-2.0",
    "anthropic": "Apache-2.0",
    "google-genai": "Apache-2.0",
    "groq": "Apache-2.0",
    "xai-sdk": "Apache-2.0",
}
WITH_DEPENDENCIES = {"genai-prices"}
LISTS = {
    "openai": [
        ("openai/types/shared/chat_model.py", "ChatModel"),
        ("openai/types/shared/all_models.py", "AllModels"),
        ("openai/types/embedding_model.py", "EmbeddingModel"),
    ],
    "anthropic": [("anthropic/types/model.py", "Model")],
    "google": [("google/genai/_gaos/types/interactions/model.py", "Model")],
    "xai": [("xai_sdk/types/model.py", "ChatModel")],
    "groq": [("groq/types/chat/completion_create_params.py", "model")],
}
"""Provider -> files of its SDK and the names whose `Literal[...]` lists ids."""
PACKAGES = {
    "openai": "openai", "anthropic": "anthropic", "google": "google-genai", "xai": "xai-sdk", "groq": "groq",
}  # fmt: skip
LITELLM_PREFIXES = {
    "google": ["gemini/", ""],
    "mistral": ["mistral/"],
    "cohere": ["", "cohere/"],
    "xai": ["xai/"],
    "deepseek": ["deepseek/"],
    "groq": ["groq/"],
}
"""Provider -> what stands before an id in litellm's table; nothing for the others."""
GENAI_PROVIDERS = {"xai": "x-ai", "bedrock-meta": "aws", "bedrock-amazon": "aws"}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class SourceError(Exception):
    """A package, or the file of it that is read here, is not there."""


@dataclass(slots=True)
class Price:
    """What a price table says of one model; US dollars per million tokens."""

    source: str
    input: float | None = None
    output: float | None = None
    context: int | None = None
    max_output: int | None = None
    mode: str | None = None
    ends: str | None = None
    deprecated: bool = False


@dataclass(slots=True)
class Sources:
    """All packages, read."""

    versions: dict[str, str]
    litellm: dict[str, dict[str, Any]]
    tokencost: dict[str, dict[str, Any]]
    genai: dict[str, Any]
    listed: dict[str, set[str]] = field(default_factory=dict)
    """Provider -> ids that its SDK lists."""
    announced: dict[str, str] = field(default_factory=dict)
    """Id -> end date that the provider's SDK announces."""
    unsupported: set[str] = field(default_factory=set)

    def prices(self, provider: str, model: str, day: str) -> list[Price]:
        """What the tables say on a day, the most trusted one first."""
        keys = [prefix + model for prefix in LITELLM_PREFIXES.get(provider, [""])]
        found = [self._litellm(keys), self._genai(provider, model, day), self._tokencost(keys)]
        return [price for price in found if price is not None]

    def _litellm(self, keys: list[str]) -> Price | None:
        rows = [self.litellm[key] for key in keys if key in self.litellm]
        return _row("litellm", rows[0]) if rows else None

    def _tokencost(self, keys: list[str]) -> Price | None:
        rows = [self.tokencost[key] for key in keys if key in self.tokencost]
        return _row("tokencost", rows[0]) if rows else None

    def _genai(self, provider: str, model: str, day: str) -> Price | None:
        table = self.genai.get(GENAI_PROVIDERS.get(provider, provider))
        found = table.find_model(model) if table is not None else None
        if found is None:
            return None
        noon = datetime.combine(date.fromisoformat(day), time(12), UTC)
        prices = found.get_prices(noon)
        return Price(
            "genai-prices",
            _money(getattr(prices, "input_mtok", None)),
            _money(getattr(prices, "output_mtok", None)),
            found.context_window,
            deprecated=bool(found.deprecated),
        )


def read_all() -> Sources:
    """Read every package; raises `SourceError` for the first that is not there."""
    sources = Sources(
        {package: version(package) for package in LICENCES},
        json.loads(text("litellm", "litellm/model_prices_and_context_window_backup.json")),
        json.loads(text("tokencost", "tokencost/model_prices.json")),
        genai_tables(),
    )
    for provider, files in LISTS.items():
        package = PACKAGES[provider]
        sources.listed[provider] = {i for path, name in files for i in literals(text(package, path), name)}
    sources.announced, sources.unsupported = openai_dates(text("openai", LISTS["openai"][0][0]))
    sources.announced |= anthropic_dates(text("anthropic", "anthropic/resources/messages/messages.py"))
    return sources


def version(package: str) -> str:
    """The installed version."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        alone = "" if package in WITH_DEPENDENCIES else "--no-deps "
        raise SourceError(f"{package} is not installed: python -m pip install {alone}{package}") from None


def text(package: str, path: str) -> str:
    """A file of an installed package."""
    known = version(package)
    file = Path(str(metadata.distribution(package).locate_file(path)))
    if not file.is_file():
        raise SourceError(f"{package} {known} has no {path}; find where it went and change sources.py")
    return file.read_text(encoding="utf-8")


def genai_tables() -> dict[str, Any]:
    """The providers of genai-prices by their ids."""
    version("genai-prices")
    try:
        from genai_prices.data import providers
    except ImportError as error:
        message = f"genai-prices cannot be imported ({error}): python -m pip install genai-prices"
        raise SourceError(message) from None
    return {provider.id: provider for provider in providers}


def literals(code: str, name: str) -> list[str]:
    """The texts in what is assigned to `name`, or in its annotation."""
    found: list[str] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign):
            targets, parts = node.targets, [node.value]
        elif isinstance(node, ast.AnnAssign):
            targets, parts = [node.target], [part for part in (node.annotation, node.value) if part is not None]
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            constants = (c for part in parts for c in ast.walk(part) if isinstance(c, ast.Constant))
            found.extend(str(c.value) for c in constants if isinstance(c.value, str))
    return found


def openai_dates(code: str) -> tuple[dict[str, str], set[str]]:
    """Announced shutdown dates, and ids that never worked, from the text behind the list of ids."""
    dates: dict[str, str] = {}
    unsupported: set[str] = set()
    for node in ast.parse(code).body:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        for item in re.split(r"^- ", str(node.value.value), flags=re.MULTILINE)[1:]:
            ids = re.findall(r'"([^"]+)"', item)
            day = re.search(r"shutdown\s+date:\s+(\d{4}-\d\d-\d\d)", item)
            if day:
                dates |= dict.fromkeys(ids, day[1])
            elif re.search(r"not\s+a\s+supported", item, re.IGNORECASE):
                unsupported |= set(ids)
    return dates, unsupported


def anthropic_dates(code: str) -> dict[str, str]:
    """End dates from `DEPRECATED_MODELS`: `November 6th, 2024`."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["DEPRECATED_MODELS"]:
            return {model: _spoken(day) for model, day in ast.literal_eval(node.value).items()}
    return {}


def _spoken(day: str) -> str:
    parts = re.fullmatch(r"(\w+) (\d+)(?:st|nd|rd|th)?, (\d{4})", day.strip())
    if parts is None or parts[1] not in MONTHS:
        raise SourceError(f"anthropic writes the date {day!r}, which sources.py cannot read")
    return date(int(parts[3]), MONTHS.index(parts[1]) + 1, int(parts[2])).isoformat()


def _row(source: str, row: dict[str, Any]) -> Price:
    return Price(
        source,
        _per_million(row.get("input_cost_per_token")),
        _per_million(row.get("output_cost_per_token")),
        _whole(row.get("max_input_tokens")),
        _whole(row.get("max_output_tokens")),
        row.get("mode"),
        row.get("deprecation_date"),
    )


def _per_million(price: object) -> float | None:
    return round(float(price) * 1e6, 6) if isinstance(price, int | float) else None


def _whole(number: object) -> int | None:
    return int(number) if isinstance(number, int | float) else None


def _money(price: Any) -> float | None:
    if price is None:
        return None
    return float(getattr(price, "base", price))
