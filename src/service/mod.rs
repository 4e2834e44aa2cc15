//! Use cases: what a request means. Knows no web framework and no vendor.
