//! Configuration files and the environment.
