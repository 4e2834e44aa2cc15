//! Time and ids, so that tests can set them.
