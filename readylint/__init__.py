"""readylint finds every call that reaches a model provider and says what stands around it."""

__version__ = "0.1.0"
