//! What the server can do (RFC 7643 sections 5 to 7, RFC 7644 section 4).
