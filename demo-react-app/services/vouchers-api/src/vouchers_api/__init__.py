"""The vouchers service of the demo shop: the discount of a code."""
