"""All that capture must take: the programs of the suite whole, the detectors in part.

reglaze capture --suite Tests/Suite/captured.py --scorecard Tests/Suite/captured.json
"""

import detectors
import zoo

ZOO = zoo.ZOO | detectors.ZOO
