//! Who makes a request.
