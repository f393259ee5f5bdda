//! Whatever the bytes: a change with at least one effect, or a named refusal.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match holdpoint_intake::shell::read(bytes) {
        Ok(change) => {
            assert!(!change.effects.is_empty());
            change.digest().expect("a change that was read has a digest");
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
});
