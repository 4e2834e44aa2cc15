//! What a vendor is, and one folder per vendor.
