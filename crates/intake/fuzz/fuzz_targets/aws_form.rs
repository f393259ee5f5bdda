//! Whatever the bytes of a form: a call, or a refusal that says why.

#![no_main]

use holdpoint_intake::aws::{Incoming, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let request = Incoming {
        method: "POST",
        path: "/",
        query: "",
        host: "127.0.0.1:4654",
        headers: &headers,
        body,
        service: "ec2",
        region: "us-east-1",
        payload: None,
        account: None,
    };
    match recognise(&request) {
        Ok(call) => assert!(call.parameters.is_object()),
        Err(refused) => assert!(!refused.says.is_empty()),
    }
});
