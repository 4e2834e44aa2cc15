//! What the twin must do, feature by feature.
