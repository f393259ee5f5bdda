//! Whatever the bytes: what a binary plan says of its state, or a named refusal.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = holdpoint_intake::terraform::plan_file::inspect(bytes) {
        assert!(!error.code().is_empty());
    }
});
