//! The contract of a store: what every backend must do, as functions that a backend's own tests run on it.
mod fixture;
pub(crate) mod resources;

pub(crate) use fixture::*;

/// Makes a test of every function of the suite, each on a fresh store of a [`Backend`].
macro_rules! suite {
    ($backend:expr) => {
        $crate::store::suite::suite! { @ $backend,
            resources: put_then_read,
            resources: put_replaces_index,
        }
    };
    (@ $backend:expr, $($module:ident: $case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            let backend = $backend;
            let store = $crate::store::suite::Backend::open(&backend).await;
            $crate::store::suite::$module::$case(&store).await;
            $crate::store::suite::Backend::verify(&backend, store).await;
        })*
    };
}
pub(crate) use suite;
