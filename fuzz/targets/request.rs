#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| usherd_fuzz::run("request", bytes));
