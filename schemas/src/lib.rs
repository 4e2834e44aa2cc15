//! SCIM 2.0 as pure values (RFC 7643, RFC 7644, RFC 9865): no I/O, clock, randomness or HTTP types.
