//! One entry for each kind of foreign bytes, over public items alone: whatever the bytes are, the answer is a value or
//! an error. They are called by the tests here with generated and hostile bytes, and by the targets of `fuzz/` with a
//! fuzzer's.
mod grant;
mod mapping;
mod record;
mod request;
mod scim;
mod stored;
mod token;
mod vendor;
pub(crate) mod verbs;

/// What an entry does with bytes: it returns, and says whether they meant something to it. That is never wrong; it
/// tells a test that the entry still reads what it is there for.
pub(crate) type Entry = fn(&[u8]) -> bool;

/// Every entry by its name, which is that of the fuzzer's target and of its folder of examples in `fuzz/corpus/`.
pub(crate) const ENTRIES: [(&str, Entry); 12] = [
    ("filter", scim::filter),
    ("path", scim::path),
    ("patch", scim::patch),
    ("resource", scim::resource),
    ("bulk", scim::bulk),
    ("expression", mapping::expression),
    ("declaration", mapping::declaration),
    ("vendor", vendor::vendor),
    ("grant", grant::grant),
    ("token", token::token),
    ("record", record::record),
    ("request", request::request),
];

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}
