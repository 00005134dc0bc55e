"""The cost sheet: what the model calls of a code base cost in a month, as far as code and traffic tell.

`traffic` reads the file that says how often calls run and how large they are, `places` finds the calls that its
entries name, `rows` prices one call, `compute` makes the whole sheet. Reports print it.
"""

from readylint.cost.compute import cost_sheet
from readylint.cost.sheet import CostSheet
from readylint.cost.traffic import Traffic, read_traffic

__all__ = ["CostSheet", "Traffic", "cost_sheet", "read_traffic"]
