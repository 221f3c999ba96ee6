"""What talks to vCenter and to the cluster."""

import gc

# The two libraries make a hundred thousand objects that stay. Looking for garbage among them, again and again while
# they load, takes a tenth of a program's CPU that ends after seconds; of itself Python looks after each 700 new ones.
gc.set_threshold(20_000)
