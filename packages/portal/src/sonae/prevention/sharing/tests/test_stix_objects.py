import os
import subprocess
import sys

# The second asks at the worst moment: when the part it needs is loaded, and the library around it is not.
TWO_AT_ONCE = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.sharing import stix_objects
from sonae.prevention.sharing.vocabulary import IndicatorKind

def asked():
    return stix_objects.observable(IndicatorKind.DOMAIN, "c2.example", tlp=Tlp.GREEN)["type"]

def is_there():
    found = sys.modules.get("stix2.v21")
    return found is not None and not getattr(found.__spec__, "_initializing", False)

def asked_too_early():
    until = threading.Event()
    while not is_there():
        until.wait(0.0005)
    return asked()

with ThreadPoolExecutor(2) as pool:
    second = pool.submit(asked_too_early)
    print(pool.submit(asked).result(), second.result())
"""


def test_whoever_asks_while_the_library_is_being_loaded_waits_for_all_of_it():
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ran = subprocess.run(
        [sys.executable, "-c", TWO_AT_ONCE], env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.split() == ["domain-name", "domain-name"], ran.stderr
