"""The pricing service of the demo shop: quotes for baskets."""
