"""How far two results may lie apart to count as the same."""

import math
import unittest

import harness  # noqa: F401 - finds the package
import torch

from reglaze_capture.verify import difference


class DifferenceTest(unittest.TestCase):
    def test_what_is_not_finite_has_to_be_the_same(self):
        nan, infinity = math.nan, math.inf
        for left, right, is_same in (
            ([nan, nan], [nan, nan], True),
            ([infinity], [infinity], True),
            ([infinity], [-infinity], False),
            ([nan], [infinity], False),
            ([nan, 1.0], [nan, 1.0 + 1e-7], True),
            ([nan, 1.0], [nan, 1.1], False),
            ([1.0, nan], [nan, 1.0], False),
        ):
            found = difference(torch.tensor(left), torch.tensor(right))
            self.assertEqual(found is None, is_same, (left, right, found))


if __name__ == "__main__":
    unittest.main()
