#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| okr_ledger_fuzz::run("body", data));
