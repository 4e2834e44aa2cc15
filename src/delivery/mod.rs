//! Bringing targets to the desired state: the only path to vendors.
