"""Whatever the model and whatever was edited, incremental capture gives the program that a whole export gives."""

import os
import unittest

import random_sources
import test_blocks
import torch

_EDITS = int(os.environ.get("REGLAZE_FUZZ_CASES", "48"))


class RandomSourcesTest(test_blocks.IncrementalTest):
    def test_every_edit_of_a_random_model_gives_the_whole_exports_program(self):
        memoised = 0
        for seed in range(max(1, _EDITS // 24)):
            architecture = random_sources.Architecture(seed)
            for edit in range(24):
                with self.subTest(seed=seed, edit=edit):
                    memoised += self.edited(architecture.source(), (torch.ones(2, 2, 8),)).memoised
                architecture.edit()
        self.assertGreater(memoised, _EDITS, "little came from the memory of graphs")


if __name__ == "__main__":
    unittest.main()
