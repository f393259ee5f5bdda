//! Whatever the bytes: a change that has a digest, or a named refusal.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match holdpoint_intake::kubernetes::read(bytes) {
        Ok(change) => assert!(change.digest().is_ok()),
        Err(error) => assert!(!error.code().is_empty()),
    }
});
