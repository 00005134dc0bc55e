"""The probes of the built-in catalogue: every SDK file's small programs, run."""

import pytest

from readylint import probes
from readylint.packs import load

PACK = load()
PROBES = list(probes.probes(PACK))


@pytest.mark.parametrize(("sdk", "probe"), PROBES, ids=[f"{sdk.sdk}/{probes.name_of(p)}" for sdk, p in PROBES])
def test_probe_comes_out_as_it_says(sdk, probe):
    assert probes.run_probe(PACK, sdk, probe).detail == ""
