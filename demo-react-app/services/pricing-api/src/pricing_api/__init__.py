"""What does a basket cost, and what is a voucher worth?"""
