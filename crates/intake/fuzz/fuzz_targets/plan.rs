//! Whatever the bytes: a change whose two halves can be stored and put together again, or a named refusal.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match holdpoint_intake::terraform::read(bytes) {
        Ok(change) => {
            let digest = change.digest().expect("a change that was read has a digest");
            assert_eq!(Ok(digest), change.digest().map_err(drop));
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
});
