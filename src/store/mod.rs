//! The store: desired state, links and settings, durable.
