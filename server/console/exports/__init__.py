"""Taking data out: bundles made in the background, the test transfer, and the register of everything taken."""
